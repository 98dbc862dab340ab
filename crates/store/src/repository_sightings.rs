//! Which contents of a repository hold a piece of evidence, and the commit that brought each.

use claviger_model::{EvidenceId, RepositoryId};

use crate::error::Result;
use crate::row::{Row, read_all};
use crate::statement::Statement;
use crate::{Conn, StoreError};

const TABLE: &str = "repository_sightings";

/// A content that holds a piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The evidence.
    pub evidence_id: EvidenceId,
    /// The content: a file's, or the commit itself where its words hold it.
    pub blob: String,
    /// The commit that brought it.
    pub commit: String,
}

/// Keeps one; the commit that was seen last counts.
///
/// # Errors
/// The repository does not exist, or the database fails.
pub async fn put(
    c: &mut Conn,
    repository_id: &RepositoryId,
    sighting: &Sighting,
) -> std::result::Result<(), StoreError> {
    let sql = "INSERT INTO repository_sightings (repository_id, evidence_id, blob, commit_id) \
               VALUES ($1, $2, $3, $4) ON CONFLICT (repository_id, evidence_id, blob) \
               DO UPDATE SET commit_id = excluded.commit_id";
    Statement::new(TABLE, "put", sql)
        .text(repository_id.as_str())
        .text(sighting.evidence_id.as_str())
        .text(&sighting.blob)
        .text(&sighting.commit)
        .run(c)
        .await?;
    Ok(())
}

/// All of a repository whose evidence is not known to be gone for good, by evidence.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn standing(
    c: &mut Conn,
    repository_id: &RepositoryId,
) -> std::result::Result<Vec<Sighting>, StoreError> {
    let sql = "SELECT seen.evidence_id, seen.blob, seen.commit_id FROM repository_sightings AS seen \
               JOIN evidence ON evidence.id = seen.evidence_id \
               WHERE seen.repository_id = $1 AND evidence.state <> 'disposed' \
               ORDER BY seen.evidence_id, seen.blob";
    let rows = Statement::new(TABLE, "standing", sql).text(repository_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Those whose evidence was deleted and is not known to be gone for good.
///
/// # Errors
/// The database fails, or a row cannot be read back.
pub async fn deleted(
    c: &mut Conn,
    repository_id: &RepositoryId,
) -> std::result::Result<Vec<Sighting>, StoreError> {
    let sql = "SELECT seen.evidence_id, seen.blob, seen.commit_id FROM repository_sightings AS seen \
               JOIN evidence ON evidence.id = seen.evidence_id \
               WHERE seen.repository_id = $1 AND evidence.state = 'deleted' \
               ORDER BY seen.evidence_id, seen.blob";
    let rows = Statement::new(TABLE, "deleted", sql).text(repository_id.as_str()).all(c).await?;
    read_all(&rows, read)
}

/// Forgets what was seen in a commit that is not to be had any more.
///
/// # Errors
/// The database fails.
pub async fn forget_commit(
    c: &mut Conn,
    repository_id: &RepositoryId,
    commit: &str,
) -> std::result::Result<(), StoreError> {
    let sql = "DELETE FROM repository_sightings WHERE repository_id = $1 AND commit_id = $2";
    let statement = Statement::new(TABLE, "forget_commit", sql).text(repository_id.as_str());
    statement.text(commit).run(c).await?;
    Ok(())
}

fn read(row: &Row) -> Result<Sighting> {
    Ok(Sighting {
        evidence_id: row.text("evidence_id")?.into(),
        blob: row.text("blob")?,
        commit: row.text("commit_id")?,
    })
}
