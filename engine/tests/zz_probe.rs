#[test]
fn probe() {
    let root = std::path::PathBuf::from(std::env::var("PROBE").unwrap());
    fn walk(root: &std::path::Path, at: &std::path::Path, files: &mut Vec<engine::source::SourceFile>) {
        for e in at.read_dir().unwrap() { let p = e.unwrap().path(); if p.is_dir() { walk(root, &p, files) } else if let Ok(text) = std::fs::read_to_string(&p) { files.push(engine::source::SourceFile{ path: p.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text }) } }
    }
    let mut files = Vec::new();
    for d in ["forms", "workflows", "catalogue"] { if root.join(d).is_dir() { walk(&root, &root.join(d), &mut files); } }
    let t = std::time::Instant::now();
    let mut l = engine::definitions::Definitions::load(files);
    eprintln!("{:?}", t.elapsed());
    l.report.diagnostics.retain(|d| d.severity != engine::source::Severity::Note);
    eprintln!("{}", l.report.render(&l.sources));
}
