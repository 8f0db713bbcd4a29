internal import ClusterModel

/// Reads the file of power accounts: YAML or JSON, strict like every document.
///
///     accounts:
///       - name: lab
///         user: admin
///         password: secret
public enum PowerAccountsDocument {
    /// Reads accounts; `name` is how messages call the file. Throws every mistake at once; no message shows a password.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> [PowerAccount] {
        let tree = try DocumentTree(bytes: bytes, name: name)
        var reader = ShapeReader(tree: tree)
        var document = Document()
        _ = shape.read(&document, 0, &reader)
        checkNames(document.accounts, tree, &reader)
        try reader.finish()
        return document.accounts
    }

    private struct Document: Sendable {
        var accounts: [PowerAccount] = []
    }

    private static let blank = PowerAccount(name: "", user: "", password: "")

    /// A password that is no text is told without its value.
    private static let secret = Shape<String>(
        blank: "", allowed: "a text in quotes", schema: .object(fields: ["type": .string(value: "string")]),
        read: { value, node, reader in
            guard reader.tree.isText(node) else {
                reader.report(node, found: "something else", allowed: "a text in quotes")
                return false
            }
            value = reader.tree.text(node)
            return true
        },
        write: { value, writer in writer.string(value) })

    private static let account = Shape<PowerAccount>.object(
        blank,
        [
            .required("name", \.name, .name, about: "What a host's powerControl.credential refers to."),
            .required("user", \.user, .text),
            .required("password", \.password, secret),
            .optional("certificateFile", \.certificateFile, .text, about: "PEM file of the signing authority."),
            .defaulted("trustAnyCertificate", \.trustAnyCertificate, .flag, of: blank),
            .defaulted("allowPlainHTTP", \.allowPlainHTTP, .flag, of: blank),
        ])

    private static let shape = Shape<Document>.object(Document(), [.required("accounts", \.accounts, account.list())])

    private static func checkNames(_ accounts: [PowerAccount], _ tree: DocumentTree, _ reader: inout ShapeReader) {
        guard let list = tree.member(0, "accounts") else { return }
        var seen: Set<String> = []
        for (account, node) in zip(accounts, tree.elements(list)) where !account.name.isEmpty {
            guard !seen.insert(account.name).inserted, let place = tree.member(node, "name") else { continue }
            reader.refuseRepeated(place, allowed: "each account once")
        }
    }
}
