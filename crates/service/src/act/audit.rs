//! The audit log, and the proof that nobody changed it.

use claviger_store::audit::{self, AuditEntry, AuditProof};
use claviger_store::rejects::{self, Reject};

use crate::{Service, ServiceError};

impl Service {
    /// The audit log, newest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn audit_log(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(audit::list(&mut reader, before, limit).await?)
    }

    /// Recomputes the chain of the audit log.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn verify_audit_log(&self) -> Result<AuditProof, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(audit::verify(&mut reader).await?)
    }

    /// Log lines that could not be read, by reference, newest first.
    ///
    /// # Errors
    /// The state cannot be read.
    pub async fn rejected_lines(
        &self,
        source: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Reject>, ServiceError> {
        let mut reader = self.store().read().await?;
        Ok(rejects::list(&mut reader, source, limit).await?)
    }
}
