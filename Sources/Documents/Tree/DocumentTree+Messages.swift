extension DocumentTree {
    /// How a message names what was found.
    package func describe(_ node: Int) -> String {
        switch kind(node) {
        case .null: "null"
        case .true: "true"
        case .false: "false"
        case .number: Self.shortened(text(node))
        case .text, .escapedText: "\"\(Self.shortened(text(node)))\""
        case .array: count(node) == 0 ? "an empty list" : "a list of \(count(node))"
        case .object: "an object"
        }
    }

    /// At most 60 characters, without control characters, so that a message stays one line.
    package static func shortened(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalars.count == 60 { return String(scalars) + "..." }
            scalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }

    /// The places of tokens, in one pass over the source however many are asked for.
    package func places(of nodes: [Int]) -> [Int: Mark] {
        guard hasPlaces else { return [:] }
        guard marks.isEmpty else {
            return Dictionary(nodes.map { ($0, marks[$0]) }, uniquingKeysWith: { first, _ in first })
        }
        var result: [Int: Mark] = [:]
        var counter = PlaceCounter(source: source)
        for node in Set(nodes).sorted() {
            let token = tokens[node]
            let isText = token.kind == .text || token.kind == .escapedText
            result[node] = counter.mark(at: Int(token.offset) - (isText ? 1 : 0))
        }
        return result
    }

    /// The way from the root to a value or key: `hosts[3].memoryBytes`. Empty for the root.
    ///
    /// Walks down from the root, since only what is wrong needs a path.
    package func path(to node: Int) -> String {
        var path = ""
        var current = 0
        while current != node {
            var next = current + 1
            var index = 0
            if kind(current) == .array {
                while end(next) <= node {
                    next = end(next)
                    index += 1
                }
                path += "[\(index)]"
                current = next
            } else {
                while end(next + 1) <= node { next = end(next + 1) }
                path += (path.isEmpty ? "" : ".") + Self.shortened(text(next))
                if next == node { return path }
                current = next + 1
            }
        }
        return path
    }
}

/// Something wrong at a value or key, before its place and path are looked up.
package struct PendingIssue: Sendable {
    package var node: Int
    /// A member that is meant but absent.
    package var missingKey: String?
    package var message: String

    package init(node: Int, missingKey: String? = nil, message: String) {
        self.node = node
        self.missingKey = missingKey
        self.message = message
    }
}

extension DocumentTree {
    /// The issues with their places, in the order of the document.
    package func issues(_ pending: [PendingIssue]) -> [DocumentIssue] {
        let ordered = pending.enumerated().sorted { ($0.element.node, $0.offset) < ($1.element.node, $1.offset) }
        let places = places(of: pending.map(\.node))
        return ordered.map { _, issue in
            var path = path(to: issue.node)
            if let key = issue.missingKey { path += (path.isEmpty ? "" : ".") + key }
            let place = places[issue.node]
            return DocumentIssue(
                file: name, line: place?.line, column: place?.column, path: path, message: issue.message)
        }
    }
}
