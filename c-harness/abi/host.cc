// SPDX-License-Identifier: LGPL-2.0-or-later
// A host in C++17: the header as it is, one function of each kind.
#include "mtproxy_ffi.h"

#include <array>
#include <cstring>
#include <iostream>
#include <string_view>
#include <type_traits>

static_assert (std::is_standard_layout_v<mtproxy_ffi_proc_stats_t> && std::is_trivial_v<mtproxy_ffi_proc_stats_t>);
static_assert (sizeof (mtproxy_ffi_process_id_t) == 12 && alignof (mtproxy_ffi_process_id_t) == 4);

int main () {
  if (mtproxy_ffi_startup_handshake (MTPROXY_FFI_API_VERSION) != MTPROXY_FFI_OK) {
    return 1;
  }
  constexpr std::string_view text = "123456789", config = "  # note\n 42;";
  const auto *bytes = reinterpret_cast<const std::uint8_t *> (text.data ());
  if (~mtproxy_ffi_crc32_partial (bytes, text.size (), ~0u) != 0xcbf43926u) {
    return 2;
  }
  std::array<char, 32> hex{};
  if (mtproxy_ffi_md5_hex (bytes, text.size (), hex.data ()) != 0 ||
      std::string_view (hex.data (), hex.size ()) != "25f9e794323b453885f5181f1b624d0b") {
    return 3;
  }
  mtproxy_ffi_cfg_scan_result_t skipped{};
  if (mtproxy_ffi_cfg_skipspc (config.data (), config.size (), 1, &skipped) != 0 || skipped.ch != '4' ||
      skipped.line_no != 2) {
    return 4;
  }
  mtproxy_ffi_tl_header_parse_result_t header{};
  if (mtproxy_ffi_tl_parse_query_header (nullptr, 0, &header) != 0 ||
      header.errnum != MTPROXY_FFI_TL_ERROR_NOT_ENOUGH_DATA || std::strstr (header.error, "position 0") == nullptr) {
    return 5;
  }
  std::cout << "C++: right\n";
}
