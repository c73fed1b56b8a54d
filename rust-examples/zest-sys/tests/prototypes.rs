//! Every function of the headers is in the bindings, with its signature.
//!
//! The bindings' declarations are turned into C and declared once more after the headers: a C
//! compiler refuses any that differs.

mod header;

/// `pub fn name(a: T, b: U) -> R;` of the bindings, as (name, arguments, result).
fn declarations(source: &str) -> Vec<(String, Vec<String>, String)> {
    let mut all = Vec::new();
    for part in source.split("pub fn ").skip(1) {
        let (declaration, _) = part.split_once(';').expect("an end");
        let (name, rest) = declaration.split_once('(').expect("an opening bracket");
        let (arguments, result) = rest.split_once(')').expect("a closing bracket");
        let types = arguments
            .split(',')
            .filter_map(|argument| argument.split_once(':'))
            .map(|(_, kind)| c_type(kind.trim()))
            .collect();
        let result = result.trim().trim_start_matches("->").trim();
        all.push((name.to_owned(), types, c_type(result)));
    }
    all
}

fn c_type(rust: &str) -> String {
    if let Some(rest) = rust.strip_prefix("*const ") {
        return format!("{} const *", c_type(rest));
    }
    if let Some(rest) = rust.strip_prefix("*mut ") {
        return format!("{} *", c_type(rest));
    }
    match rust {
        "c_char" => "char",
        "c_void" => "void",
        "u64" => "uint64_t",
        "i32" => "int32_t",
        "u32" => "uint32_t",
        "usize" => "size_t",
        other => other,
    }
    .to_owned()
}

#[test]
fn signatures_are_those_of_the_headers() {
    let mut source = header::includes();
    for (name, types, result) in declarations(&header::bindings()) {
        let types = if types.is_empty() { "void".to_owned() } else { types.join(", ") };
        source += &format!("{result} {name}({types});\n");
    }
    header::compile("prototypes", &(source + "int main(void) { return 0; }\n"));
}

#[test]
fn every_function_of_the_headers_is_bound() {
    let text = header::text();
    let mut headers: Vec<String> = text
        .split("ZEST_API ")
        .skip(1)
        .filter_map(|part| part.split_once('('))
        .filter_map(|(head, _)| head.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("zest_"))
        .map(str::to_owned)
        .collect();
    let mut bound: Vec<String> =
        declarations(&header::bindings()).into_iter().map(|(name, ..)| name).collect();
    headers.sort();
    bound.sort();
    assert_eq!(headers, bound);
}
