//! AWS has no secret manager that replaces the key pairs of an IAM user by itself: a rotation there needs
//! a function of one's own.

use super::S3;
use crate::cloud::Secrets;

impl Secrets for S3 {}
