//! `migrate:` of a workflow: how cases of older versions come to this one.

use std::collections::BTreeMap;

use super::Decoder;
use crate::feel::Type;
use crate::source::{Fields, Node};
use crate::workflow::chart::Kind;
use crate::workflow::migration::MigrationMap;

impl Decoder<'_> {
    /// One map, or a list of them, each for one older version.
    pub(super) fn decode_migrations(
        &mut self,
        fields: &Fields<'_>,
        version: Option<i64>,
    ) -> Vec<MigrationMap> {
        let Some(node) = fields.get("migrate") else {
            return Vec::new();
        };
        let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
        let mut maps: Vec<MigrationMap> = Vec::new();
        for node in nodes {
            let Some(map) = self.decode_migration(node, version) else {
                continue;
            };
            if maps.iter().any(|other| other.from == map.from) {
                let message = format!("there are two maps from version {}", map.from);
                self.error("duplicate-migration", node.span, message);
            }
            maps.push(map);
        }
        maps
    }

    fn decode_migration(&mut self, node: &Node, version: Option<i64>) -> Option<MigrationMap> {
        let fields = Fields::of(node, "a migration map", self.report)?;
        fields.need("from", self.report);
        let from = fields.integer("from", self.report);
        let mut states = BTreeMap::new();
        for (old, new) in fields.map("states", self.report) {
            if let Some(path) = self.migration_target(new) {
                states.insert(old.text.clone(), path);
            }
        }
        let scope = self.scope(Type::Any).with("vars", Type::Any);
        let mut vars = Vec::new();
        for (name, node) in fields.map("vars", self.report) {
            let Some(param) = self.vars.get(&name.text) else {
                let known: Vec<String> = self.vars.keys().cloned().collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                self.unknown(
                    "unknown-variable",
                    name.span,
                    "variable",
                    &name.text,
                    &known,
                );
                continue;
            };
            let wanted = param.ty.clone().optional();
            if let Some(rule) = self.expression(node, &scope, &wanted) {
                vars.push((name.text.clone(), rule));
            }
        }
        let span = fields.get("from").map_or(node.span, |from| from.span);
        fields.finish("a migration map", self.report);
        if let (Some(from), Some(version)) = (from, version)
            && from >= version
        {
            let message = format!(
                "the map is for version {from}, but this is version {version}: it must come from an older one"
            );
            self.error("migration-not-older", span, message);
        }
        Some(MigrationMap {
            from: from?,
            states,
            vars,
        })
    }

    /// A state of this version that cases may be moved to.
    fn migration_target(&mut self, node: &Node) -> Option<String> {
        let Some(path) = node.as_text() else {
            let message = format!("a state is named here, but here is {}", node.kind_name());
            self.error("wrong-shape", node.span, message);
            return None;
        };
        let Some(state) = self.chart.find(path) else {
            let known: Vec<String> = self
                .infos
                .iter()
                .skip(1)
                .map(|info| info.path.clone())
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown("unknown-state", node.span, "state", path, &known);
            return None;
        };
        let kind = self.chart.states[state].kind;
        let top = self.chart.states[state].parent == Some(crate::workflow::chart::ROOT);
        if matches!(kind, Kind::History(_)) || (kind == Kind::Final && top) {
            let message = format!("cases cannot be moved to `{path}`: no case rests there");
            self.report.push(
                crate::source::Diagnostic::error("migration-to-end", node.span, message)
                    .help("name a state in which somebody goes on working the case"),
            );
            return None;
        }
        Some(path.to_owned())
    }
}
