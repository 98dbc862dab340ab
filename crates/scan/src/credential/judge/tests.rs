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
    for name in [
        "passwordhash",
        "tokenid",
        "secretname",
        "publickey",
        "accesstokenurl",
        "httppasswordmgrwithdefaultrealm",
    ] {
        assert!(names_other(name), "{name}");
    }
    for name in ["password", "apikey", "clientsecret", "token"] {
        assert!(!names_other(name), "{name}");
    }
}

#[test]
fn a_value_that_says_its_name_again_is_no_credential() {
    for (name, value) in [
        ("self.p4passwd", "p4passwd"),
        ("passphrase", "passphrase_1"),
        ("passphrase", "pkcs12_passphrase"),
        ("auth_passphrase", "agent.v3.auth_passphrase"),
        ("password", "frame.data.setup[0].password"),
        ("v3AuthPass", "v3AuthPass"),
    ] {
        assert!(echoes(name.as_bytes(), value.as_bytes(), false), "{name} {value}");
    }
    for (name, value, quoted) in [
        ("password", "password123", false),
        ("password", "netapp_password1", true),
        ("password", "P@ssw0rd", false),
        ("pass", "kd83jfA2", false),
    ] {
        assert!(!echoes(name.as_bytes(), value.as_bytes(), quoted), "{name} {value}");
    }
}

#[test]
fn a_list_of_names_assigns_nothing() {
    let listed = |name: &str, between: &str, value: &str| {
        is_listed(name.as_bytes(), between.as_bytes(), value.as_bytes())
    };
    assert!(listed("password1", "\", \"", "password2"));
    assert!(listed("global_credentials.get", "(\"", "snmpV2cWrite"));
    assert!(!listed("DB_PASSWORD", "\", \"", "blue!horse7"));
    assert!(!listed("API_TOKEN", "\", \"", "k3Jd8sPq2LmZx7VbN5tR"));
    assert!(!listed("DB_PASSWORD", "\", \"", "hunter22"));
    assert!(!listed("password", "\", \"value\": \"", "pass123"));
    assert!(!listed("set_password", "(\"", "hunter22"));
}

#[test]
fn templates_and_hashes_stand_in_place_of_a_password() {
    for value in
        ["@ESXI1_PASSWORD", "DB_PASSWORD_1", "md5$seasalt$1e9bf2bf5606aa5c39852cc30f0f6f22"]
    {
        assert!(stands_in(value.as_bytes()).is_some(), "{value}");
    }
    assert!(stands_in(b"PASSWORD!9f").is_none() && stands_in(b"@kD83_jfA2").is_none());
}

#[test]
fn words_with_hyphens_between_them_are_no_token() {
    assert!(is_phrase(b"1-protect-and-limit-highly-privileged-users:h"));
    assert!(!is_phrase(b"Zox5iff6dB90qt79IS2rj0e4WJ7Psw1aZ4RrdFOsq82"));
    assert!(!is_phrase(b"vT3-abc-9Qk_fMz-x1-PPl2-ww0-Ab-zk"));
}

#[test]
fn signs_in_a_password_make_no_program_of_it() {
    for value in
        ["Hzmysql2024!", "x7Rk2!mTq9LwZ", "x7Rk2*mTq9LwZ", "x7Rk2?mTq9LwZ=", "Ab9+kd83jfA2&x"]
    {
        let worth = password(value.as_bytes(), false, false, 0.6);
        assert!(matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
    for value in
        ["user!.password1", "len2*count", "old1!=new1", "value2()", "flags&mask1", "!hidden1"]
    {
        let worth = password(value.as_bytes(), false, false, 0.6);
        assert!(!matches!(worth, Worth::Credential(_)), "{value}: {worth:?}");
    }
}
