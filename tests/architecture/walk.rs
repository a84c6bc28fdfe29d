//! Every path a source file mentions, resolved: `use` trees, inline paths and the insides of macros. It judges nothing.
//!
//! `crate`, `self`, `super` and the crate's own name are resolved to a place in the crate; anything else is taken as it
//! stands, so that a path into another crate begins with that crate's name.

use syn::visit::{self, Visit};

/// The crate's name, as its own binary and tests would say it.
const OWN: &str = "patchdeck";

/// A path as it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seen {
    /// A place in this crate, from its root.
    Ours(Vec<String>),
    /// Anything else: another crate, or a name that is in scope.
    Theirs(Vec<String>),
}

/// Paths of one file. `module` is the file's own place: `["backend", "port"]`.
pub fn paths(source: &str, module: &[&str]) -> syn::Result<Vec<Seen>> {
    let file = syn::parse_file(source)?;
    let mut walker = Walker { module: module.iter().map(ToString::to_string).collect(), seen: Vec::new() };
    walker.visit_file(&file);
    Ok(walker.seen)
}

struct Walker {
    module: Vec<String>,
    seen: Vec<Seen>,
}

impl Walker {
    fn saw(&mut self, segments: &[String]) {
        let Some(first) = segments.first() else { return };
        let mut at: Vec<String> = match first.as_str() {
            "crate" | "$crate" | OWN => Vec::new(),
            "self" if segments.len() > 1 => self.module.clone(),
            "super" => self.module.clone(),
            _ => {
                self.seen.push(Seen::Theirs(segments.to_vec()));
                return;
            }
        };
        for (place, segment) in segments.iter().enumerate() {
            match segment.as_str() {
                "super" => {
                    at.pop();
                }
                _ if place == 0 => {}
                // `self` inside braces names the place itself.
                "self" => {}
                other => at.push(other.to_owned()),
            }
        }
        self.seen.push(Seen::Ours(at));
    }

    fn tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&with(path.ident.to_string()), &path.tree),
            syn::UseTree::Name(name) => self.saw(&with(name.ident.to_string())),
            syn::UseTree::Rename(rename) => self.saw(&with(rename.ident.to_string())),
            syn::UseTree::Glob(_) => self.saw(&with("*".to_owned())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(before, item)),
        }
    }

    /// Chains of names joined by `::` among the tokens of a macro.
    fn tokens(&mut self, tokens: &str) {
        for chain in chains(tokens) {
            self.saw(&chain);
        }
    }
}

impl<'ast> Visit<'ast> for Walker {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&[], &item.tree);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.saw(&segments);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        self.tokens(&invocation.tokens.to_string());
        visit::visit_macro(self, invocation);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(super)` names a place, and imports nothing from it.
    }
}

fn chains(tokens: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let mut chain: Vec<String> = Vec::new();
    let mut joined = false;
    let mut rest = tokens;
    while let Some(c) = rest.chars().next() {
        if c == '"' {
            rest = after_text(rest);
            out.extend((chain.len() > 1).then(|| std::mem::take(&mut chain)));
            chain.clear();
        } else if c.is_alphabetic() || c == '_' || c == '$' {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
            if !joined {
                out.extend((chain.len() > 1).then(|| std::mem::take(&mut chain)));
                chain.clear();
            }
            chain.push(rest[..end].to_owned());
            joined = false;
            rest = &rest[end..];
        } else if let Some(tail) = rest.strip_prefix("::") {
            joined = true;
            rest = tail;
        } else {
            joined &= c.is_whitespace();
            if !c.is_whitespace() {
                out.extend((chain.len() > 1).then(|| std::mem::take(&mut chain)));
                chain.clear();
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    out.extend((chain.len() > 1).then_some(chain));
    out
}

/// What follows a text in quotes.
fn after_text(text: &str) -> &str {
    let mut escaped = false;
    for (place, c) in text.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return &text[place + 1..],
            _ => escaped = false,
        }
    }
    ""
}
