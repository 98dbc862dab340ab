//! What can be wrong with rules that a person wrote.

/// Why rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// The text is no TOML, or lacks or has unknown fields.
    #[error("the rules cannot be read")]
    Notation(#[source] toml::de::Error),
    /// A rule contradicts itself.
    #[error("rule `{name}` cannot be used: {why}")]
    Wrong {
        /// The rule's name.
        name: String,
        /// What is wrong, in words.
        why: String,
    },
    /// A rule is switched off that does not exist.
    #[error("there is no rule `{name}` to switch off")]
    Unknown {
        /// The name as written.
        name: String,
    },
    /// A rule does not do what its own examples say.
    #[error("rule `{name}` fails its own example: {why}")]
    Example {
        /// The rule's name.
        name: String,
        /// What happened, in words.
        why: String,
    },
    /// The rules are too many or too long together.
    #[error("the rules cannot be compiled: {0}")]
    Compile(String),
}

impl RuleError {
    /// What the person who wrote the rules can do.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Notation(_) => {
                "begin the file with `group = \"own\"`, then `[[rule]]` with `name`, `title`, `shapes`"
            }
            Self::Wrong { .. } => {
                "a shape is text with `<class length>` in it, such as `acme_<alnum 32>`"
            }
            Self::Unknown { .. } => {
                "names of rules stand in the findings of `claviger scan --format jsonl`"
            }
            Self::Example { .. } => {
                "correct `shapes`, `words` and `names` of the rule, or the example"
            }
            Self::Compile(_) => "give fewer or shorter words",
        }
    }
}
