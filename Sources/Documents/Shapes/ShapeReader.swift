/// Collects what is wrong while a document is turned into values.
struct ShapeReader {
    let tree: DocumentTree
    private var errors: [PendingIssue] = []
    private var warnings: [PendingIssue] = []
    private var omittedCount = 0
    /// The nodes of the fields of the objects that are being read, innermost last; see `ObjectView`.
    var fieldNodes: [Int] = []

    init(tree: DocumentTree) {
        self.tree = tree
        for key in tree.duplicateKeys {
            report(key, "duplicate key '\(DocumentTree.shortened(tree.text(key)))', allowed: each key once")
        }
    }

    var isSound: Bool { errors.isEmpty }

    mutating func report(_ node: Int, _ message: String) {
        add(PendingIssue(node: node, message: message))
    }

    mutating func report(_ node: Int, found: String, allowed: String) {
        report(node, "found \(found), allowed: \(allowed)")
    }

    /// Reports the value at `node` as not allowed.
    mutating func refuse(_ node: Int, allowed: String) {
        report(node, found: tree.describe(node), allowed: allowed)
    }

    mutating func reportMissing(_ key: String, in node: Int, allowed: String) {
        add(PendingIssue(node: node, missingKey: key, message: "is missing, allowed: \(allowed)"))
    }

    mutating func warn(_ node: Int, _ message: String) {
        guard warnings.count < DocumentErrors.limit else { return }
        warnings.append(PendingIssue(node: node, message: message))
    }

    private mutating func add(_ issue: PendingIssue) {
        if errors.count < DocumentErrors.limit { errors.append(issue) } else { omittedCount += 1 }
    }

    /// Throws everything that was reported, if anything was; returns the warnings otherwise.
    @discardableResult
    mutating func finish() throws(DocumentErrors) -> [DocumentIssue] {
        guard errors.isEmpty else {
            throw DocumentErrors(issues: tree.issues(errors), omittedCount: omittedCount)
        }
        return tree.issues(warnings)
    }
}
