//! The messages of the protocol: what each does and what is answered.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::authoring::symbols::Edit;
use engine::source::{FileId, SourceFile, Span};
use serde_json::{Value, json};

use super::answers::{completion, document_symbols, formatted, markdown, range, workspace_edit};
use super::check::{self, Findings};
use super::hover::hover;
use super::keys;
use super::position::{Lines, changed};
use super::wire::Frame;
use super::workspace::{Model, Workspace, folder_of};

/// Error codes of JSON-RPC and the protocol.
mod code {
    pub(super) const PARSE: i32 = -32700;
    pub(super) const INVALID: i32 = -32600;
    pub(super) const UNKNOWN: i32 = -32601;
    pub(super) const PARAMS: i32 = -32602;
    pub(super) const INTERNAL: i32 = -32603;
    pub(super) const NOT_INITIALIZED: i32 = -32002;
    pub(super) const FAILED: i32 = -32803;
}

/// Why a request has no answer.
struct Refused(i32, String);

type Answer = Result<Value, Refused>;

/// What follows from a message.
pub(super) enum Step {
    /// These are sent.
    Answer(Vec<Value>),
    /// The program ends with this code.
    Exit(u8),
}

/// The state of one connection.
#[derive(Default)]
pub(super) struct Server {
    workspace: Option<Workspace>,
    /// Counts the changes of files.
    version: u64,
    dirty: bool,
    published: Findings,
    shut_down: bool,
    /// Whether the editor can be asked to tell of changes on disk.
    watches: bool,
}

impl Server {
    /// Handles a frame. Whatever is in it, the server goes on.
    pub(super) fn take(&mut self, frame: Frame) -> Step {
        let message = match frame {
            Frame::Message(message) => message,
            Frame::Malformed(why) => {
                return Step::Answer(vec![error(&Value::Null, code::PARSE, &why)]);
            }
        };
        let Some(method) = message.get("method").and_then(Value::as_str) else {
            // An answer to a question of ours, or nothing known.
            let is_answer = message.get("result").is_some() || message.get("error").is_some();
            return Step::Answer(if is_answer {
                Vec::new()
            } else {
                vec![error(
                    &Value::Null,
                    code::INVALID,
                    "the message has no method",
                )]
            });
        };
        if method == "exit" {
            return Step::Exit(self.exit_code());
        }
        let params = message.get("params").unwrap_or(&Value::Null);
        let id = message.get("id").filter(|id| !id.is_null());
        let done = catch_unwind(AssertUnwindSafe(|| match id {
            Some(id) => vec![match self.request(method, params) {
                Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
                Err(Refused(code, why)) => error(id, code, &why),
            }],
            None => self.notification(method, params),
        }));
        Step::Answer(done.unwrap_or_else(|_| match id {
            Some(id) => vec![error(id, code::INTERNAL, "this could not be answered")],
            None => Vec::new(),
        }))
    }

    /// The exit code: good after a shutdown was asked for.
    pub(super) fn exit_code(&self) -> u8 {
        u8::from(!self.shut_down)
    }

    /// The number of the newest change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// All files as they are now.
    pub(super) fn files(&self) -> Vec<SourceFile> {
        self.workspace
            .as_ref()
            .map(Workspace::files)
            .unwrap_or_default()
    }

    /// Whether something changed since this was asked last.
    pub(super) fn needs_check(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// The messages that show findings, unless files changed since.
    pub(super) fn publish(&mut self, version: u64, findings: Findings) -> Vec<Value> {
        let Some(workspace) = &self.workspace else {
            return Vec::new();
        };
        if version != self.version {
            return Vec::new();
        }
        let paths: BTreeSet<&String> = findings.keys().chain(self.published.keys()).collect();
        let messages = paths
            .into_iter()
            .filter(|path| findings.get(*path) != self.published.get(*path))
            .map(|path| {
                let found = findings.get(path).cloned().unwrap_or_default();
                let params = json!({ "uri": workspace.uri(path), "diagnostics": found });
                json!({ "jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": params })
            })
            .collect();
        self.published = findings;
        messages
    }

    fn changed(&mut self) {
        self.version += 1;
        self.dirty = true;
    }

    fn notification(&mut self, method: &str, params: &Value) -> Vec<Value> {
        if method == "initialized" && self.watches {
            let watcher = json!({ "globPattern": "**/*.{yaml,hbs}" });
            let registration = json!({
                "id": "files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": [watcher] },
            });
            return vec![json!({
                "jsonrpc": "2.0", "id": "watch", "method": "client/registerCapability",
                "params": { "registrations": [registration] },
            })];
        }
        if self.document(method, params).is_some() {
            self.changed();
        }
        Vec::new()
    }

    /// Notifications about documents; `None` where nothing changed.
    fn document(&mut self, method: &str, params: &Value) -> Option<()> {
        let workspace = self.workspace.as_mut()?;
        if matches!(
            method,
            "textDocument/didSave" | "workspace/didChangeWatchedFiles"
        ) {
            workspace.refresh();
            return Some(());
        }
        let document = params.get("textDocument")?;
        let path = workspace.path(document.get("uri")?.as_str()?)?;
        match method {
            "textDocument/didOpen" => {
                let text = document.get("text")?.as_str()?.to_owned();
                workspace.set(&path, text);
            }
            "textDocument/didChange" => {
                let mut text = workspace.text(&path)?.to_owned();
                for change in params.get("contentChanges")?.as_array()? {
                    text = changed(&text, change)?;
                }
                workspace.set(&path, text);
            }
            "textDocument/didClose" => workspace.close(&path),
            _ => return None,
        }
        Some(())
    }

    fn request(&mut self, method: &str, params: &Value) -> Answer {
        match method {
            "initialize" => return Ok(self.initialize(params)),
            "shutdown" => {
                self.shut_down = true;
                return Ok(Value::Null);
            }
            _ => {}
        }
        let Some(workspace) = self.workspace.as_mut() else {
            return Err(Refused(
                code::NOT_INITIALIZED,
                "the server was not initialized".to_owned(),
            ));
        };
        let uri = params["textDocument"]["uri"].as_str().unwrap_or_default();
        let place = || Refused(code::PARAMS, "no place in a definition file".to_owned());
        let Some(path) = workspace.path(uri) else {
            return match method {
                method if method.starts_with("textDocument/") => Ok(Value::Null),
                _ => Err(Refused(
                    code::UNKNOWN,
                    format!("there is no `{method}` here"),
                )),
            };
        };
        let text = workspace.text(&path).unwrap_or_default().to_owned();
        if method == "textDocument/codeAction" {
            let published = self.published.get(&path).map_or(&[][..], Vec::as_slice);
            return Ok(check::actions(published, uri, &text, &params["range"]).into());
        }
        if method == "textDocument/documentSymbol" {
            return Ok(document_symbols(workspace, &path, uri));
        }
        if method == "textDocument/formatting" {
            return Ok(formatted(&path, &text));
        }
        let at = Lines::of(&text)
            .byte(&params["position"])
            .ok_or_else(place)?;
        if method == "textDocument/completion" {
            return Ok(completion(workspace, &path, &text, at));
        }
        let current = workspace.is_current(&path);
        let model = workspace.model();
        let Some(file) = model.file(&path).filter(|_| current) else {
            return Ok(Value::Null);
        };
        let place = Place {
            model,
            file,
            offset: u32::try_from(at).unwrap_or(u32::MAX),
        };
        let links = match method {
            "textDocument/hover" => {
                let key = || keys::hover(&path, &text, at);
                return Ok(place.hover().or_else(|| Some(markdown(&key()?))).into());
            }
            "textDocument/prepareRename" => return place.prepare_rename(),
            "textDocument/rename" => {
                let name = params["newName"].as_str().unwrap_or_default();
                let edits = place.rename(name)?;
                return Ok(workspace_edit(workspace, &edits));
            }
            "textDocument/definition" => place.definitions(),
            "textDocument/references" => {
                place.references(params["context"]["includeDeclaration"] != json!(false))
            }
            _ => {
                return Err(Refused(
                    code::UNKNOWN,
                    format!("there is no `{method}` here"),
                ));
            }
        };
        let sources = &workspace.model().sources;
        let links: Vec<(String, Value)> = links
            .into_iter()
            .filter_map(|span| Some((sources.file(span.file)?.path.clone(), range(sources, span))))
            .collect();
        Ok(links
            .into_iter()
            .map(|(path, range)| json!({ "uri": workspace.uri(&path), "range": range }))
            .collect())
    }

    fn initialize(&mut self, params: &Value) -> Value {
        let folders = params["workspaceFolders"].as_array();
        let first = folders.and_then(|folders| folders.first()?["uri"].as_str());
        let folder = first
            .or(params["rootUri"].as_str())
            .and_then(folder_of)
            .or_else(|| params["rootPath"].as_str().map(Into::into))
            .or_else(|| std::env::current_dir().ok());
        self.watches = params["capabilities"]["workspace"]["didChangeWatchedFiles"]["dynamicRegistration"]
            == json!(true);
        self.workspace = folder.map(|folder| Workspace::at(&folder));
        self.changed();
        json!({
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": { "openClose": true, "change": 2, "save": {} },
                "completionProvider": { "triggerCharacters": [".", "\"", " ", "{"] },
                "hoverProvider": true,
                "definitionProvider": true,
                "referencesProvider": true,
                "renameProvider": { "prepareProvider": true },
                "documentSymbolProvider": true,
                "documentFormattingProvider": true,
                "codeActionProvider": { "codeActionKinds": ["quickfix"] },
            },
            "serverInfo": { "name": "schalter", "version": env!("CARGO_PKG_VERSION") },
        })
    }
}

/// A place in the index.
struct Place<'m> {
    model: &'m Model,
    file: FileId,
    offset: u32,
}

impl Place<'_> {
    fn hover(&self) -> Option<Value> {
        let (words, span) = hover(self.model, self.file, self.offset)?;
        let mut shown = markdown(&words);
        shown["range"] = range(&self.model.sources, span);
        Some(shown)
    }

    fn definitions(&self) -> Vec<Span> {
        let found = self.model.index.symbols_at(self.file, self.offset);
        let spans: BTreeSet<Span> = found
            .iter()
            .flat_map(|place| self.model.index.definition_of(place.symbol))
            .copied()
            .collect();
        spans.into_iter().collect()
    }

    fn references(&self, with_definitions: bool) -> Vec<Span> {
        let found = self.model.index.symbols_at(self.file, self.offset);
        let spans: BTreeSet<Span> = found
            .iter()
            .flat_map(|place| self.model.index.references_of(place.symbol))
            .filter(|place| with_definitions || !place.definition)
            .map(|place| place.span)
            .collect();
        spans.into_iter().collect()
    }

    fn prepare_rename(&self) -> Answer {
        let found = self.model.index.symbols_at(self.file, self.offset);
        let Some(place) = found.first() else {
            return Ok(Value::Null);
        };
        let Some(symbol) = self.model.index.symbol(place.symbol) else {
            return Ok(Value::Null);
        };
        match symbol.fixed {
            Some(why) => Err(Refused(
                code::FAILED,
                format!(
                    "the {} `{}` cannot be renamed here: {why}",
                    symbol.kind.word(),
                    symbol.name
                ),
            )),
            None => Ok(json!({
                "range": range(&self.model.sources, place.span),
                "placeholder": symbol.name,
            })),
        }
    }

    fn rename(&self, name: &str) -> Result<Vec<(String, Value)>, Refused> {
        let sources = &self.model.sources;
        let refused = |error: &dyn std::error::Error| Refused(code::FAILED, error.to_string());
        let symbol = self
            .model
            .index
            .symbol_at(self.file, self.offset)
            .ok_or(Refused(
                code::FAILED,
                "here is nothing that has a name".to_owned(),
            ))?;
        let edits = self
            .model
            .index
            .rename(sources, symbol, name)
            .map_err(|error| refused(&error))?;
        Ok(edits
            .into_iter()
            .filter_map(|Edit { span, text }| {
                let path = sources.file(span.file)?.path.clone();
                Some((
                    path,
                    json!({ "range": range(sources, span), "newText": text }),
                ))
            })
            .collect())
    }
}

fn error(id: &Value, code: i32, why: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": why } })
}
