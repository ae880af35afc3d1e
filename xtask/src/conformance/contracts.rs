//! The vendors' files, by their places in the folder of contracts.

use std::path::{Path, PathBuf};

/// What the checks need.
#[derive(Debug)]
pub(super) struct Contracts {
    /// Marketplacer's GraphQL schema.
    pub(super) marketplacer: PathBuf,
    /// Mirakl's OpenAPI document for sellers.
    pub(super) mirakl: PathBuf,
    /// Peoplevox's service description.
    pub(super) peoplevox: PathBuf,
}

impl Contracts {
    /// Finds the files; the error names every one that is missing, so that one look mends it.
    pub(super) fn find(folder: &Path) -> Result<Self, String> {
        let folder = std::path::absolute(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let found = Self {
            marketplacer: folder.join("marketplacer/marketplacer.graphqls"),
            mirakl: folder.join("mirakl/seller-openapi.json"),
            peoplevox: folder.join("peoplevox/integrationservicev4.wsdl"),
        };
        let missing: Vec<String> = [&found.marketplacer, &found.mirakl, &found.peoplevox]
            .into_iter()
            .filter(|path| !path.is_file())
            .map(|path| path.display().to_string())
            .collect();
        if missing.is_empty() {
            Ok(found)
        } else {
            Err(format!("the folder of contracts lacks {}; `--contracts DIR` names the folder", missing.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_files_is_refused_with_their_names() {
        let problem = Contracts::find(Path::new("no/such/folder")).unwrap_err();
        for name in ["marketplacer.graphqls", "seller-openapi.json", "integrationservicev4.wsdl"] {
            assert!(problem.contains("no/such/folder/") && problem.contains(name), "{problem}");
        }
    }
}
