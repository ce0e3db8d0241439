//! Where a check is looked at: once, in a group, or for each entry of a list.

use serde_json::{Map, Value as Json};

use super::evaluate::Evaluation;
use super::model::{Check, FieldKind};
use super::paths;

/// One place of a check, with indices of list entries.
pub(crate) struct CheckPlace {
    /// The group or entry whose names the rule sees; empty for the top level.
    pub(crate) inside: String,
    /// Where the finding stands.
    pub(crate) at: String,
}

impl Evaluation<'_> {
    /// The places a check is looked at now, `visible` being the answers of the
    /// visible questions.
    pub(crate) fn check_places(
        &self,
        check: &Check,
        visible: &Map<String, Json>,
    ) -> Vec<CheckPlace> {
        let Some(within) = &check.within else {
            return vec![CheckPlace {
                inside: String::new(),
                at: check.at.clone(),
            }];
        };
        let mut places = vec![String::new()];
        for part in within.split('.') {
            let mut next = Vec::new();
            for place in places {
                let path = paths::join(&place, part);
                match paths::get(visible, &path) {
                    Some(Json::Array(entries)) => {
                        next.extend((0..entries.len()).map(|at| format!("{path}.{at}")));
                    }
                    _ => next.push(path),
                }
            }
            places = next;
        }
        let rest = check.at.get(within.len()..).unwrap_or_default();
        places
            .into_iter()
            .filter(|place| check.group.is_none() || self.is_asked_in(place))
            .map(|place| CheckPlace {
                at: format!("{place}{rest}"),
                inside: place,
            })
            .collect()
    }

    /// Whether the group or entry at a path is shown, no group around it is left
    /// empty, and no list around it has no entries.
    fn is_asked_in(&self, place: &str) -> bool {
        let ends = place.match_indices('.').map(|(at, _)| at);
        let asked = |end: usize| {
            let path = &place[..end];
            let next = place.get(end + 1..).unwrap_or_default();
            match self.questions().field(path) {
                Some(field) if matches!(field.kind, FieldKind::Group(_)) => {
                    !self.is_left_out(field, path)
                }
                // The path of a list ends in the number of an entry.
                Some(field) if matches!(field.kind, FieldKind::List(_)) => {
                    path.rsplit('.').next().is_some_and(super::model::is_index)
                        || next.split('.').next().is_some_and(super::model::is_index)
                }
                _ => true,
            }
        };
        self.is_visible(place) && ends.chain([place.len()]).all(asked)
    }
}
