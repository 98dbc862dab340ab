//! What is taken for a credential by its value, and what is not.

use super::*;

#[test]
fn what_stands_in_place_of_a_password_is_none() {
    for value in [
        "${DB_PASSWORD}",
        "{{ password }}",
        "<password>",
        "$PASSWORD",
        "%PASSWORD%",
        "********",
        "changeme123",
        "your-password",
        "password",
        "Password",
        "process.env.PW",
        "os.getenv()",
        "null",
        "user.password.hint",
        "PasswordResetForm",
        "/run/secrets/db_password",
        "12345678",
        "qwertyuiop",
        "https://acme.cn/x",
        "f1e2d3c4-b5a6-4789-8abc-def012345678",
    ] {
        let worth = password(value.as_bytes(), true, true, 0.6);
        assert!(!matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
    for value in ["Tr0ub4dor&3x", "kd83jfA2", "s3cr3tPw9", "blue!horse", "rt9k2m4x"] {
        let worth = password(value.as_bytes(), true, true, 0.6);
        assert!(matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
}

#[test]
fn a_token_looks_random() {
    for value in
        ["get_access_token", "AccessTokenProvider", "com.acme.auth.TokenFilter", "2024-01-02T03:04"]
    {
        let worth = token(value.as_bytes(), true, 0.6);
        assert!(!matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
    for value in
        ["k3Jd8sPq2LmZx7VbN5tR", "9f3b6c1e8d2a47059b7e4c1f6a8d3b20", "q7rt-2mx9-w4kd-81hz-p3vb"]
    {
        let worth = token(value.as_bytes(), true, 0.6);
        assert!(matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
}

#[test]
fn a_name_can_say_that_its_value_is_something_else() {
    for name in ["passwordhash", "tokenid", "secretname", "publickey", "accesstokenurl"] {
        assert!(names_other(name), "{name}");
    }
    for name in ["password", "apikey", "clientsecret", "token"] {
        assert!(!names_other(name), "{name}");
    }
}
