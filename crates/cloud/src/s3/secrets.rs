//! AWS has no secret manager that replaces the key pairs of an IAM user by itself: a rotation there needs
//! a function of one's own.

use super::{Accounts, S3};
use crate::cloud::Secrets;

impl<A: Accounts> Secrets for S3<A> {}
