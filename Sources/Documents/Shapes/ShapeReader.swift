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
        for fault in tree.faults { report(fault.node, tree.message(fault)) }
    }

    var isSound: Bool { errors.isEmpty }

    /// Messages are made only while there is room for them: a hostile document has millions of mistakes.
    mutating func report(_ node: Int, _ message: @autoclosure () -> String) {
        guard hasRoom() else { return }
        errors.append(PendingIssue(node: node, message: message()))
    }

    mutating func report(
        _ node: Int, found: @autoclosure () -> String, allowed: @autoclosure () -> String
    ) {
        guard hasRoom() else { return }
        errors.append(PendingIssue(node: node, message: "found \(found()), allowed: \(allowed())"))
    }

    /// Reports the value at `node` as not allowed, unless that was said already.
    mutating func refuse(_ node: Int, allowed: @autoclosure () -> String) {
        guard !tree.isFaulty(node), hasRoom() else { return }
        errors.append(PendingIssue(node: node, message: "found \(tree.describe(node)), allowed: \(allowed())"))
    }

    /// Reports a name that stood before.
    mutating func refuseRepeated(_ node: Int, allowed: String) {
        guard hasRoom() else { return }
        let message = "found \(tree.describe(node)) again, allowed: \(allowed)"
        errors.append(PendingIssue(node: node, message: message))
    }

    mutating func reportMissing(_ key: String, in node: Int, allowed: @autoclosure () -> String) {
        guard hasRoom() else { return }
        errors.append(PendingIssue(node: node, missingKey: key, message: "is missing, allowed: \(allowed())"))
    }

    mutating func warn(_ node: Int, _ message: String) {
        guard warnings.count < DocumentErrors.limit else { return }
        warnings.append(PendingIssue(node: node, message: message))
    }

    /// Counts the error when there is no room for it.
    private mutating func hasRoom() -> Bool {
        if errors.count < DocumentErrors.limit { return true }
        omittedCount += 1
        return false
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
