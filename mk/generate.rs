// SPDX-License-Identifier: LGPL-2.0-or-later
//! Rust code that the build scripts, of the crate and of the fuzz targets, generate from the tables: asserts on the structs
//! shared with C, from `src/layout/layouts.tsv`; and the boundary's functions as values, which tests call in a loop, from
//! `src/ffi/api.tsv`.

use std::{env, fmt::Write as _, fs, path::Path};

/// A struct of `layouts.tsv`.
struct Struct {
    names: Vec<String>,
    size: String,
    alignment: String,
    rust: Vec<String>,
    fields: Vec<[String; 4]>,
}

fn rows(table: &Path) -> Vec<Vec<String>> {
    println!("cargo::rerun-if-changed={}", table.display());
    let text = fs::read_to_string(table).unwrap_or_else(|error| panic!("{}: {error}", table.display()));
    let rows = text.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn structs(root: &Path) -> Vec<Struct> {
    let list = |names: &str| names.split(',').filter(|name| *name != "-").map(str::to_owned).collect();
    let mut structs = Vec::<Struct>::new();
    for row in rows(&root.join("src/layout/layouts.tsv")) {
        match &row[..] {
            [equals, names, _, size, alignment, rust] if equals == "=" => structs.push(Struct {
                names: list(names),
                size: size.clone(),
                alignment: alignment.clone(),
                rust: list(rust),
                fields: Vec::new(),
            }),
            [name, offset, size, c_type] => {
                let fields = &mut structs.last_mut().expect("a struct before its fields").fields;
                fields.push([name.clone(), offset.clone(), size.clone(), c_type.clone()]);
            }
            _ => panic!("layouts.tsv: {row:?}"),
        }
    }
    structs
}

fn write(name: &str, text: &str) {
    let folder = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&folder).join(name), text).expect("the build folder can be written");
}

/// `layouts.rs`, for the library: asserts every number of the table on 64-bit machines; on all machines the order of the
/// fields, and that there are no others.
pub(crate) fn layouts(root: &Path) {
    let mut text = String::from("use core::mem::offset_of;\n");
    for one in structs(root) {
        for path in &one.rust {
            if path.starts_with("ffi::") {
                text += "#[cfg(feature = \"capi\")]\n";
            }
            let _ = write!(
                text,
                "const _: () = {{
    type S = crate::{path};
    const fn size<F>(_: fn(S) -> F) -> usize {{ size_of::<F>() }}
    const fn align<F>(_: fn(S) -> F) -> usize {{
        let (field, whole) = (align_of::<F>(), align_of::<S>());
        if field < whole {{ field }} else {{ whole }} // of a packed struct
    }}
"
            );
            let mut end = String::from("0usize");
            for [field, offset, size, _] in &one.fields {
                // Some of C's names are words of Rust.
                let field = if matches!(field.as_str(), "in" | "type") {
                    format!("r#{field}")
                } else {
                    field.clone()
                };
                let _ = write!(
                    text,
                    "    assert!(offset_of!(S, {field}) == ({end}).next_multiple_of(align(|s| s.{field})), \"{path}.{field} lies elsewhere\");
    #[cfg(target_pointer_width = \"64\")]
    assert!(offset_of!(S, {field}) == {offset} && size(|s| s.{field}) == {size}, \"{path}.{field}: not as in layouts.tsv\");
"
                );
                end = format!("offset_of!(S, {field}) + size(|s| s.{field})");
            }
            let _ = write!(
                text,
                "    assert!(size_of::<S>() == ({end}).next_multiple_of(align_of::<S>()), \"{path} has another size\");
    #[cfg(target_pointer_width = \"64\")]
    assert!(size_of::<S>() == {} && align_of::<S>() == {}, \"{path}: not as in layouts.tsv\");
}};
",
                one.size, one.alignment
            );
        }
    }
    write("layouts.rs", &text);
}

/// For the library: `proc_stat.rs`, how the core reads the numbers of a `stat` line and what they are called; and
/// `proc_stats.rs`, the C struct with the fields of the core's.
pub(crate) fn proc_stat(root: &Path) {
    let structs = structs(root);
    let one = structs.iter().find(|one| one.names.iter().any(|name| name == "struct proc_stats"));
    let fields = &one.expect("layouts.tsv: struct proc_stats").fields;
    let (mut kinds, mut names, mut core, mut c) =
        (String::new(), String::new(), String::new(), String::new());
    // pid, comm and state are no numbers, or not among the others.
    for (place, [field, _, _, c_type]) in fields.iter().enumerate() {
        let (kind, converted) = match c_type.as_str() {
            "int32_t" => ("Int", format!("{field}: {field} as i32")),
            "int64_t" => ("Signed", format!("{field}: {field} as i64")),
            "uint64_t" => ("Unsigned", field.clone()),
            _ => ("", field.clone()),
        };
        if place < 3 {
            let _ = write!(core, "{field}, ");
        } else {
            assert!(!kind.is_empty(), "layouts.tsv: {field} is no number of a stat line");
            let _ = write!(core, "{converted}, ");
            let _ = write!(names, "{field}, ");
            let _ = write!(kinds, "Kind::{kind}, ");
        }
        // The core's texts are bytes.
        let converted = if c_type.starts_with("char[") { ".map(|byte| byte as _)" } else { "" };
        let _ = write!(c, "{field}: stat.{field}{converted}, ");
    }
    let count = fields.len() - 3;
    let text = format!(
        "const KINDS: [Kind; {count}] = [{kinds}];
fn filled(pid: i32, comm: [u8; COMM_SIZE], state: i8, numbers: [u64; {count}]) -> ProcStat {{
    let [{names}] = numbers;
    ProcStat {{ {core} }}
}}
"
    );
    write("proc_stat.rs", &text);
    write("proc_stats.rs", &format!("ProcStats {{ {c} }}\n"));
}

/// A struct of the boundary by its public name in Rust.
fn public(structs: &[Struct], c_name: &str) -> (String, Vec<[String; 4]>) {
    let one = structs.iter().find(|one| one.names.iter().any(|name| name == c_name));
    let one = one.unwrap_or_else(|| panic!("layouts.tsv has no {c_name}"));
    let path = one.rust.first().unwrap_or_else(|| panic!("layouts.tsv: {c_name} has no name in Rust"));
    let path = match path.strip_prefix("layout::") {
        // The layer is private; the boundary exports the structs that it uses.
        Some(inner) => format!("ffi::{}", inner.rsplit("::").next().unwrap_or(inner)),
        None => path.clone(),
    };
    (format!("mtproxy_ffi::{path}"), one.fields.clone())
}

/// `calls.rs`, for tests/models/calls.rs: each function of the boundary as a `Function`.
pub(crate) fn calls(root: &Path) {
    let structs = structs(root);
    let mut text = String::from("pub(crate) static FUNCTIONS: &[Function] = &[\n");
    for row in rows(&root.join("src/ffi/api.tsv")) {
        let [_, name, result, parameters, _, may] = &row[..] else { panic!("api.tsv: {row:?}") };
        let (mut arguments, mut inputs, mut output, mut blank) =
            (Vec::new(), Vec::new(), String::from("Output::None"), String::from("|_| {}"));
        let mut parameters = parameters.split(", ").filter(|parameter| *parameter != "void").peekable();
        while let Some(parameter) = parameters.next() {
            let (kind, _) = parameter.rsplit_once(['*', ' ']).expect("a type and a name");
            let kind = kind.trim_end();
            if kind.ends_with("_host_t") {
                // A host lives as long as the process: there is none.
                arguments.push("core::ptr::null()".to_owned());
            } else if kind.ends_with("_function_t") {
                arguments.push("None".to_owned());
            } else if let Some(kind) = parameter.strip_prefix("const ") {
                let kind = kind.split(' ').next().unwrap_or_default();
                let place = inputs.len();
                arguments.push(format!("inputs[{place}].0.cast()"));
                let counted = |next: &&str| next.starts_with("size_t ") || kind == "int32_t";
                if parameters.next_if(counted).is_some() {
                    arguments.push(format!("inputs[{place}].1 as _"));
                    inputs.push(if kind == "int32_t" { "Input::Numbers" } else { "Input::Bytes" }.to_owned());
                } else {
                    inputs.push(format!("Input::Object(size_of::<{}>())", public(&structs, kind).0));
                }
            } else if parameter.starts_with("void **") {
                arguments.push("output.0.cast()".to_owned());
                output = "Output::Object(size_of::<usize>())".to_owned();
            } else if parameter.starts_with("void *") {
                // An object that lives longer than the call: there is none.
                arguments.push("core::ptr::null_mut()".to_owned());
            } else if let Some((_, bound)) = parameter.split_once('[') {
                arguments.push("output.0.cast()".to_owned());
                output = format!("Output::Object({})", bound.trim_end_matches(']'));
            } else if parameter.contains("_t *") && kind.starts_with("mtproxy_ffi_") {
                arguments.push("output.0.cast()".to_owned());
                let (path, fields) = public(&structs, kind);
                output = format!("Output::Object(size_of::<{path}>())");
                blank = blanked(&path, &fields);
            } else if parameter.starts_with("char *") {
                arguments.push("output.0.cast()".to_owned());
                parameters.next().expect("the length of the room");
                arguments.push("output.1".to_owned());
                output = "Output::Room".to_owned();
            } else if parameter.starts_with("int64_t *") {
                arguments.push("output.0.cast()".to_owned());
                output = "Output::Numbers".to_owned();
            } else {
                arguments.push(match kind {
                    "int64_t" | "double" => "number.into()".to_owned(),
                    _ => "number as _".to_owned(),
                });
            }
        }
        let value = match result.as_str() {
            "double" => ".to_bits() as i64",
            "int64_t" => "",
            "uint64_t" => " as i64",
            _ => ".into()",
        };
        let _ = write!(
            text,
            "    Function {{
        name: \"mtproxy_ffi_{name}\",
        pure: {},
        status: {},
        inputs: &[{}],
        output: {output},
        blank: {blank},
        call: |inputs, output, number| {{
            let _ = (inputs, output, number);
            // SAFETY: as the function asks, which is what the caller promises.
            #[allow(unused_unsafe, reason = \"functions without a pointer are safe\")]
            unsafe {{ mtproxy_ffi::ffi::mtproxy_ffi_{name}({}){value} }}
        }},
    }},
",
            may == "-",
            result == "int32_t",
            inputs.join(", "),
            arguments.join(", "),
        );
    }
    text += "];\n";
    write("calls.rs", &text);
}

/// A function that sets the bytes of a struct that belong to no field to zero.
fn blanked(path: &str, fields: &[[String; 4]]) -> String {
    let mut text =
        format!("|bytes| {{\n            use std::mem::offset_of;\n            type S = {path};\n");
    let mut end = String::from("0");
    for [field, ..] in fields {
        let _ = writeln!(text, "            bytes[{end}..offset_of!(S, {field})].fill(0);");
        end = format!("offset_of!(S, {field}) + size_of_field(|s: S| s.{field})");
    }
    let _ = write!(text, "            bytes[{end}..].fill(0);\n        }}");
    text
}

/// The Rust type of a C type; a struct is opaque.
fn rust_type(c_type: &str) -> String {
    if let Some(pointee) = c_type.strip_suffix('*') {
        let pointee = pointee.trim_end();
        return match pointee.strip_prefix("const ") {
            Some(pointee) if !pointee.contains('*') => format!("*const {}", rust_type(pointee)),
            _ => format!("*mut {}", rust_type(pointee)),
        };
    }
    match c_type {
        "char" => "c_char",
        "unsigned char" => "u8",
        "int" => "c_int",
        "unsigned int" => "c_uint",
        "long" => "c_long",
        "unsigned long" => "c_ulong",
        "long long" => "c_longlong",
        "double" => "f64",
        _ => "c_void",
    }
    .to_owned()
}

/// Parameters and result of a function, with `dots` before the dots of a variadic one.
fn rust_signature(parameters: &str, result: &str, dots: &str) -> String {
    let parameters: Vec<_> = parameters
        .split(", ")
        .filter(|parameter| !matches!(*parameter, "void" | "..."))
        .map(|parameter| rust_type(parameter.trim()))
        .collect();
    let result = match result.trim() {
        "void" => String::new(),
        result => format!(" -> {}", rust_type(result)),
    };
    format!("({}{dots}){result}", parameters.join(", "))
}

/// `TABLE.rs`, for the fuzz targets: the legacy names of some objects that the drop-in replaces, in the words of the macro
/// `table` (fuzz/support/names.rs).
pub(crate) fn names(root: &Path, table: &str, objects: &[&str]) {
    let (mut functions, mut variables) = (String::new(), String::new());
    for row in rows(&root.join("c-harness/abi/legacy-symbols.tsv")) {
        let [object, name, _, class, _, _, prototype] = &row[..] else {
            panic!("legacy-symbols.tsv: {row:?}")
        };
        if !objects.contains(&object.as_str()) || class == "tls" {
            continue;
        }
        if class == "function" {
            let (result, parameters) = prototype.split_once(&format!("{name}(")).expect("a function");
            let parameters = parameters.trim_end_matches(')');
            let dots = if parameters.ends_with("...") { "; ..." } else { "" };
            let _ = writeln!(functions, "    fn {name}{};", rust_signature(parameters, result, dots));
        } else if let Some((result, parameters)) = prototype.split_once(&format!("(*{name})(")) {
            let signature = rust_signature(parameters.trim_end_matches(')'), result, "");
            let _ = writeln!(variables, "    static {name}: unsafe extern \"C\" fn{signature};");
        } else {
            let c_type = prototype.strip_suffix(name.as_str()).expect("a variable").trim_end();
            let _ = writeln!(variables, "    static {name}: {};", rust_type(c_type));
        }
    }
    assert!(!functions.is_empty(), "legacy-symbols.tsv has none of {objects:?}");
    write(
        &format!("{table}.rs"),
        &format!("super::table! {{ drop_in {table} {{\n{functions}{variables}}} }}\n"),
    );
}
