//! Who may depend on whom, tests included.

use serde_json::Value;

use super::Violation;

pub(super) fn check(metadata: &Value) -> Vec<Violation> {
    let root = metadata["workspace_root"].as_str().unwrap_or("");
    let packages: Vec<Package<'_>> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|package| Package::read(package, root))
        .collect();
    if packages.is_empty() {
        return vec![Violation::new("Cargo.toml", None, "cargo knows no package of this workspace")];
    }
    let mut found = Vec::new();
    for package in &packages {
        for dependency in &package.dependencies {
            let connector =
                packages.iter().any(|other| other.name == *dependency && other.is_within("crates/connectors/"));
            if let Some(rule) = broken(package, dependency, connector) {
                found.push(Violation::new(package.manifest, None, format!("depends on {dependency}: {rule}")));
            }
        }
    }
    found
}

/// A package of this workspace.
struct Package<'a> {
    name: &'a str,
    /// From the root.
    manifest: &'a str,
    dependencies: Vec<&'a str>,
}

impl<'a> Package<'a> {
    /// `None` for a package from outside.
    fn read(package: &'a Value, root: &str) -> Option<Self> {
        if !package["source"].is_null() {
            return None;
        }
        let dependencies = package["dependencies"].as_array()?;
        Some(Self {
            name: package["name"].as_str()?,
            manifest: package["manifest_path"].as_str()?.strip_prefix(root)?.trim_start_matches('/'),
            dependencies: dependencies.iter().filter_map(|dependency| dependency["name"].as_str()).collect(),
        })
    }

    fn is_within(&self, folder: &str) -> bool {
        self.manifest.starts_with(folder)
    }
}

/// The rule that this dependency breaks.
fn broken(package: &Package<'_>, dependency: &str, on_connector: bool) -> Option<&'static str> {
    if package.is_within("crates/simulators/") && dependency.starts_with("crossdock") {
        return Some("a simulator that knows the hub repeats its mistakes");
    }
    if package.is_within("crates/connectors/") {
        if on_connector {
            return Some("connectors do not know each other");
        }
        if dependency == "crossdock-engine" || dependency.starts_with("crossdock-store") {
            return Some("a connector translates; it knows neither engine nor store");
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, folder: &str, dependencies: &[&str]) -> Value {
        let dependencies: Vec<Value> = dependencies.iter().map(|name| json!({ "name": name })).collect();
        json!({ "name": name, "source": null, "manifest_path": format!("/r/{folder}/Cargo.toml"), "dependencies": dependencies })
    }

    #[test]
    fn a_dependency_against_the_layers_is_found() {
        let metadata = json!({ "workspace_root": "/r", "packages": [
            package("crossdock-a", "crates/connectors/a", &["crossdock-model", "crossdock-b", "sim-a"]),
            package("crossdock-b", "crates/connectors/b", &["crossdock-store-sqlite", "crossdock-engine"]),
            package("sim-a", "crates/simulators/a", &["sim-core", "crossdock-model"]),
            package("crossdock", "crates/crossdock", &["crossdock-a", "crossdock-b", "sim-a"]),
        ] });
        let found: Vec<_> = check(&metadata).iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "crates/connectors/a/Cargo.toml: depends on crossdock-b: connectors do not know each other",
                "crates/connectors/b/Cargo.toml: depends on crossdock-store-sqlite: a connector translates; it knows neither engine nor store",
                "crates/connectors/b/Cargo.toml: depends on crossdock-engine: a connector translates; it knows neither engine nor store",
                "crates/simulators/a/Cargo.toml: depends on crossdock-model: a simulator that knows the hub repeats its mistakes",
            ]
        );
    }

    #[test]
    fn metadata_without_packages_is_no_silent_success() {
        assert_eq!(check(&json!({})).len(), 1);
    }
}
