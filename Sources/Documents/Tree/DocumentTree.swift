package import ClusterModel

/// A document as it was written: every value with its place, before anything is known of its meaning.
///
/// The tree is a flat tape in document order, not a tree of dictionaries: 30 MB of JSON make some 3 million values, and
/// a tape of 16-byte tokens holds them in one allocation. Texts and numbers stay in `source` until they are asked for.
package struct DocumentTree: Sendable {
    package enum Kind: UInt8, Sendable {
        case null, `true`, `false`
        /// A number in JSON's grammar; its digits are in `source`, so integers stay exact.
        case number
        /// A text that stands in `source` as it is.
        case text
        /// A text with `\` escapes in `source`.
        case escapedText
        case array
        /// Followed by its keys and values in turn.
        case object
    }

    package struct Token: Sendable {
        package var kind: Kind
        /// Where the text, number or bracket begins in `source`.
        package var offset: UInt32
        /// Bytes of a text or number; elements of an array; members of an object.
        package var length: UInt32
        /// The index of the token that follows this value and all in it.
        package var end: UInt32
    }

    /// A place in a file: line and column from 1, columns in Unicode scalars.
    package struct Mark: Sendable, Hashable {
        package var line: Int
        package var column: Int
    }

    /// Deepest nesting that is read. Drover's own documents need 6; the rest is for `extensions`.
    package static let maximumDepth = 64

    /// The name under which problems are reported.
    package let name: String
    package let source: [UInt8]
    package let tokens: [Token]
    /// One for each token when the document is YAML; empty when `source` is the document itself, where places are
    /// counted.
    package let marks: [Mark]
    /// Whether tokens have a place that means something to a reader; settings of the command line have none.
    package let hasPlaces: Bool
    /// What is wrong with single keys and values, whatever they stand for, by node: reported with all other errors.
    package let faults: [Fault]

    package init(
        name: String, source: [UInt8], tokens: [Token], marks: [Mark] = [], hasPlaces: Bool = true,
        faults: [Fault] = []
    ) {
        self.name = name
        self.source = source
        self.tokens = tokens
        self.marks = marks
        self.hasPlaces = hasPlaces
        self.faults = faults.sorted { $0.node < $1.node }
    }

    /// Reads a document: JSON when it begins with `{` or `[` and is not named `.yaml` or `.yml`; YAML otherwise.
    package init(bytes: [UInt8], name: String) throws(DocumentErrors) {
        let isNamedYAML = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        let looksLikeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        if name.hasSuffix(".json") || (looksLikeJSON && !isNamedYAML) {
            self = try JSONParser.parse(bytes, name: name)
        } else {
            self = try YAMLComposer.compose(bytes, name: name)
        }
    }
}

// MARK: - Looking at values

extension DocumentTree {
    package func kind(_ node: Int) -> Kind { tokens[node].kind }

    /// The index after `node` and everything in it.
    package func end(_ node: Int) -> Int { Int(tokens[node].end) }

    /// Elements of an array, members of an object.
    package func count(_ node: Int) -> Int { Int(tokens[node].length) }

    package func isText(_ node: Int) -> Bool { kind(node) == .text || kind(node) == .escapedText }

    /// The bytes of a text without escapes, or of a number.
    package func withBytes<Result>(_ node: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let token = tokens[node]
        return source.withUnsafeBufferPointer { buffer in
            body(UnsafeBufferPointer(rebasing: buffer[Int(token.offset)..<Int(token.offset) + Int(token.length)]))
        }
    }

    /// The text at `node`, escapes resolved; the literal of a number; empty for anything else.
    package func text(_ node: Int) -> String {
        switch kind(node) {
        case .text, .number: withBytes(node) { String(decoding: $0, as: UTF8.self) }
        case .escapedText: String(decoding: JSONParser.unescape(withBytes(node) { Array($0) }), as: UTF8.self)
        default: ""
        }
    }

    /// Whether the text at `node` is `wanted`.
    package func text(_ node: Int, equals wanted: [UInt8]) -> Bool {
        guard kind(node) == .text else { return Array(text(node).utf8) == wanted }
        guard Int(tokens[node].length) == wanted.count else { return false }
        return withBytes(node) { $0.elementsEqual(wanted) }
    }

    package func decimal(_ node: Int) -> DecimalNumber {
        withBytes(node) { DecimalNumber(literal: $0) }
    }

    /// The nodes of an array's elements.
    package func elements(_ node: Int) -> [Int] {
        guard kind(node) == .array else { return [] }
        var next = node + 1
        return (0..<count(node)).map { _ in
            defer { next = end(next) }
            return next
        }
    }

    /// The node of a member's value; `nil` when `node` is no object or has no such key.
    package func member(_ node: Int, _ key: String) -> Int? {
        guard kind(node) == .object else { return nil }
        let wanted = Array(key.utf8)
        var next = node + 1
        for _ in 0..<count(node) {
            if text(next, equals: wanted) { return next + 1 }
            next = end(next + 1)
        }
        return nil
    }

    /// The value as others wrote it, for `extensions`.
    package func value(_ node: Int) -> JSONValue {
        switch kind(node) {
        case .null: return .null
        case .true: return .bool(value: true)
        case .false: return .bool(value: false)
        case .text, .escapedText: return .string(value: text(node))
        case .array: return .array(values: elements(node).map(value))
        case .object: return .object(fields: fields(node))
        case .number:
            let number = decimal(node)
            if let integer = number.integer { return .integer(value: integer) }
            return .number(value: number.double)
        }
    }

    /// The members of an object.
    package func fields(_ node: Int) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        fields.reserveCapacity(count(node))
        var next = node + 1
        for _ in 0..<count(node) {
            fields[text(next)] = value(next + 1)
            next = end(next + 1)
        }
        return fields
    }
}
