//! Sensitivity: what a report is worth under the default template.

use claviger_model::Sensitivity;
use claviger_scan::{Limits, template};

use crate::scan;

#[test]
fn the_default_template_has_the_name_of_its_page() {
    let template = template("internet_industry").unwrap();
    assert_eq!(template.title(), "Internet Industry Classification and Categorization");
    assert_eq!(template.version(), "1.0");
    assert_eq!(template.data_type_title("email"), "E-mail address");
    assert_eq!(template.data_type_title("unheard_of"), "unheard_of");
    assert_eq!(template.category_title("bank_card"), Some("Finance"));
    assert_eq!(template.level("unheard_of"), Sensitivity::NotAvailable);
    assert!(claviger_scan::template("unheard_of").is_none());
}

#[test]
fn the_most_sensitive_finding_decides() {
    let level = |text: &str| {
        let report = scan("a", text.as_bytes(), Limits::default());
        template("internet_industry").unwrap().of(&report)
    };
    assert_eq!(level("nothing here"), Sensitivity::NotAvailable);
    assert_eq!(level("write to li.wei@acme.cn"), Sensitivity::S2);
    assert_eq!(level("11010519491231002X li.wei@acme.cn"), Sensitivity::S3);
    assert_eq!(level("only LTAI5t1GumF9ikeXfPX6xnYD"), Sensitivity::S2);
    assert_eq!(
        level("LTAI5t1GumF9ikeXfPX6xnYD\nk3V9sQ7hTz1NbX5wLmR8yCf2DgJ6pE\n"),
        Sensitivity::S4
    );
}
