//! `needs` and `of`: ids and globs become indices, groups become unnamed nodes after the named ones.

use std::collections::HashMap;

use super::names::Scope;
use super::node::unnamed;
use super::reader::{Item, Place, Table};
use super::rule;
use crate::domain::map::{Kind, Need, Node, NodeIndex};
use crate::domain::rule::{Edge, Rule};

/// The nodes under construction, with the places that reports about them point to.
pub(super) struct Graph {
    /// The named nodes, then the groups.
    pub nodes: Vec<Node>,
    /// By node: where each of its needs is written.
    pub places: Vec<Vec<Place>>,
    /// By node: where its rule is written, or the node itself.
    pub rule_at: Vec<Place>,
}

impl Graph {
    /// Reads the needs of all named nodes.
    pub fn link(&mut self, scope: &Scope<'_>) {
        for index in 0..scope.nodes.len() {
            let (_, table) = scope.nodes[index];
            if let Some(needs) = table.get("needs") {
                self.read_list(index, index, needs, scope);
            }
        }
    }

    /// Reads one list into the needs of `parent`; `owner` is the named node that it is in.
    fn read_list<'a>(&mut self, owner: NodeIndex, parent: NodeIndex, list: Item<'a>, scope: &Scope<'a>) {
        let mut seen: HashMap<NodeIndex, Place> = HashMap::new();
        let mut groups = 0;
        for item in list.list() {
            let Some(table) = item.table() else {
                self.add_nodes(owner, parent, item, item, &Edge::default(), &mut seen, scope);
                continue;
            };
            match (table.get("id"), table.get("of")) {
                (Some(id), None) => {
                    if let Some(key) = rule_key(table) {
                        let hint = "the rule over what a node needs stands at that node, or in a group { of = [ … ] }";
                        scope.findings.error(table.at_key(key), format!("`{key}` is no key of an edge"), hint);
                    }
                    let edge = rule::edge(table, true, scope);
                    self.add_nodes(owner, parent, id, item, &edge, &mut seen, scope);
                }
                (None, Some(of)) => {
                    groups += 1;
                    self.add_group(owner, parent, groups, table, of, scope);
                }
                _ => {
                    let hint = "{ id = \"…\" } is a node, { of = [ … ] } a group";
                    scope.findings.error(item.at, "an entry of `needs` has exactly one of `id` and `of`", hint);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the state of one walk over one list")]
    fn add_nodes<'a>(
        &mut self,
        owner: NodeIndex,
        parent: NodeIndex,
        id: Item<'a>,
        at: Item<'a>,
        edge: &Edge,
        seen: &mut HashMap<NodeIndex, Place>,
        scope: &Scope<'a>,
    ) {
        for node in scope.nodes(id, Some(owner)) {
            if seen.insert(node, at.at).is_some() {
                let name = &self.nodes[node].id;
                let hint = "it would count twice: keep one of the entries, and mind what globs match";
                scope.findings.error(at.at, format!("`{name}` is twice in this list"), hint);
                continue;
            }
            self.nodes[parent].needs.push(Need { node, edge: edge.clone() });
            self.places[parent].push(at.at);
        }
    }

    /// Adds a group. Its `points` are its edge's where it has another rule, or where the node above counts points.
    fn add_group<'a>(
        &mut self,
        owner: NodeIndex,
        parent: NodeIndex,
        number: usize,
        table: Table<'a>,
        of: Item<'a>,
        scope: &Scope<'a>,
    ) {
        let above_counts_points = matches!(self.nodes[parent].rule, Rule::Points(_));
        let edge_has_points = above_counts_points || rule::has_rule_beside_points(table);
        let mut group = unnamed(format!("{}/{number}", self.nodes[parent].id), Kind::Group);
        group.rule = rule::read(table, !edge_has_points, scope);
        let index = self.nodes.len();
        self.nodes.push(group);
        self.places.push(Vec::new());
        self.rule_at.push(table.at);
        self.nodes[parent].needs.push(Need { node: index, edge: rule::edge(table, edge_has_points, scope) });
        self.places[parent].push(table.at);
        if of.list().next().is_none() {
            scope.findings.error(of.at, "this group has no members", "of = [\"…\"]: ids, globs, tables or groups");
        }
        self.read_list(owner, index, of, scope);
    }
}

/// A key that belongs to a rule, where only edge keys may stand.
fn rule_key(table: Table<'_>) -> Option<&'static str> {
    let rules = ["nth_worst", "nth_best", "at_least", "warn", "down", "share", "exponential", "not", "exactly"];
    rules.into_iter().find(|key| table.has(key))
}
