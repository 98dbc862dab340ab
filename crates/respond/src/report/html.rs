//! A report as one HTML page that needs nothing else.

use super::{Document, Part};

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}th,td{border:1px solid #8888;padding:.25rem .5rem;\
    text-align:left;vertical-align:top;overflow-wrap:anywhere}dt{font-weight:600}dd{margin:0 0 .5rem}\
    @media print{body{margin:0;max-width:none}thead{display:table-header-group}tr{break-inside:avoid}}";

pub(super) fn render(document: &Document) -> String {
    let title = escaped(&document.title);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'\"><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    for part in &document.parts {
        match part {
            Part::Heading(heading) => text.push_str(&format!("<h2>{heading}</h2>\n")),
            Part::Facts(facts) => {
                text.push_str("<dl>\n");
                for (name, value) in facts {
                    let (name, value) = (escaped(name), escaped(value));
                    text.push_str(&format!("<dt>{name}</dt><dd>{value}</dd>\n"));
                }
                text.push_str("</dl>\n");
            }
            Part::Lines(lines) => {
                text.push_str("<ul>\n");
                for line in lines {
                    text.push_str(&format!("<li>{}</li>\n", escaped(line)));
                }
                text.push_str("</ul>\n");
            }
            Part::Table { head, rows, more } => table(&mut text, head, rows, *more),
        }
    }
    text.push_str("</body></html>\n");
    text
}

fn table(text: &mut String, head: &[&str], rows: &[Vec<String>], more: usize) {
    text.push_str("<table><thead><tr>");
    for title in head {
        text.push_str(&format!("<th scope=\"col\">{title}</th>"));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            text.push_str(&format!("<td>{}</td>", escaped(cell)));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table>\n");
    if more > 0 {
        text.push_str(&format!("<p>… and {more} more</p>\n"));
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_from_outside_is_no_markup() {
        assert_eq!(super::escaped("<b a='\"&"), "&lt;b a=&#39;&quot;&amp;");
    }
}
