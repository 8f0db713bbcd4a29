import Yams

/// Reads YAML into a tree, strictly: one document of plain maps, lists and scalars.
///
/// Yams' parser does the syntax; its decoder is not used, since it knows no places for what is mistyped and takes
/// unknown keys in silence. Scalars follow YAML 1.2 (`on` is a text, not a truth value), so that YAML and JSON mean the
/// same. Explicit tags are refused; aliases are few, so that none can unfold into more than memory holds.
package struct YAMLComposer {
    /// A policy has some 100 lines; a cluster larger than this is better written in JSON, which reads 50 times faster.
    private static let maximumBytes = 16 << 20
    /// With so few aliases a document unfolds at most 20-fold (three aliases to one anchor, twice nested, and so on).
    private static let maximumAliases = 8

    private let name: String
    private var source: [UInt8] = []
    private var tokens: [DocumentTree.Token] = []
    private var marks: [DocumentTree.Mark] = []
    private var problems: [DocumentIssue] = []
    private var faults: [DocumentTree.Fault] = []
    private var depth = 0

    private init(name: String) { self.name = name }

    package static func compose(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> DocumentTree {
        var composer = YAMLComposer(name: name)
        composer.add(try root(of: bytes, name: name))
        return try composer.tree(hasPlaces: true)
    }

    /// The tree of `{key: {key: VALUE}}` for a setting `key.key=VALUE` of the command line.
    package static func setting(keys: [String], value: String, name: String) throws(DocumentErrors) -> DocumentTree {
        var composer = YAMLComposer(name: name)
        var objects: [Int] = []
        for key in keys {
            objects.append(composer.tokens.count)
            composer.begin(.object, count: 1, mark: nil)
            composer.addText(key, mark: nil)
        }
        composer.add(try root(of: Array(value.utf8), name: name))
        for object in objects { composer.finish(object) }
        return try composer.tree(hasPlaces: false)
    }

    private func tree(hasPlaces: Bool) throws(DocumentErrors) -> DocumentTree {
        guard problems.isEmpty else { throw DocumentErrors(issues: problems) }
        return DocumentTree(
            name: name, source: source, tokens: tokens, marks: marks, hasPlaces: hasPlaces, faults: faults)
    }
}

// MARK: - Syntax

extension YAMLComposer {
    private static func root(of bytes: [UInt8], name: String) throws(DocumentErrors) -> Node {
        func refusal(_ message: String, _ mark: Mark? = nil) -> DocumentErrors {
            DocumentErrors(issues: [
                DocumentIssue(file: name, line: mark?.line, column: mark?.column, path: "", message: message)
            ])
        }
        guard bytes.count <= maximumBytes else {
            throw refusal("found \(bytes.count) bytes, allowed: YAML of at most \(maximumBytes); use JSON for more")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw refusal("found bytes that are not UTF-8, allowed: UTF-8")
        }
        let aliases = possibleAliases(in: bytes)
        guard aliases <= maximumAliases else {
            throw refusal("found \(aliases) aliases (*name), allowed: at most \(maximumAliases)")
        }
        do {
            // Without resolver rules Yams leaves scalars alone; its own rules are YAML 1.1 and cost a regular
            // expression for each scalar.
            guard let node = try Yams.compose(yaml: text, Resolver.basic) else {
                throw refusal("found an empty document, allowed: an object")
            }
            return node
        } catch let error as DocumentErrors {
            throw error
        } catch let error as YamlError {
            let (problem, mark) = explain(error)
            throw refusal(problem, mark)
        } catch {
            throw refusal("is not YAML: \(error)")
        }
    }

    /// How often `*` stands where an alias may begin: never less than the number of aliases.
    private static func possibleAliases(in bytes: [UInt8]) -> Int {
        var count = 0
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "*") && index + 1 < bytes.count {
            guard bytes[index + 1] > 0x20 else { continue }
            let before = index == 0 ? 0x20 : bytes[index - 1]
            let begins = before <= 0x20 || before >= 0x80 || "[{,:-?".utf8.contains(before)
            if begins { count += 1 }
        }
        return count
    }

    private static func explain(_ error: YamlError) -> (message: String, mark: Mark?) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let about = context.map { " (\($0.text))" } ?? ""
            return ("is not YAML: \(problem)\(about)", mark)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "'\(DocumentTree.shortened($0))'" }.joined(separator: ", ")
            return ("duplicate key \(names), allowed: each key once", context.mark)
        case .reader(let problem, _, _, _):
            return ("is not YAML: \(problem)", nil)
        default:
            return ("is not YAML", nil)
        }
    }
}

// MARK: - From nodes to tokens

extension YAMLComposer {
    private mutating func add(_ node: Node) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= DocumentTree.maximumDepth else {
            report("found deeper nesting, allowed: at most \(DocumentTree.maximumDepth) levels", node.mark)
            return
        }
        switch node {
        case .scalar(let scalar):
            addScalar(scalar)
        case .sequence(let sequence):
            refuseTag(sequence.tag, sequence.mark)
            let index = tokens.count
            begin(.array, count: sequence.count, mark: sequence.mark)
            for element in sequence { add(element) }
            finish(index)
        case .mapping(let mapping):
            refuseTag(mapping.tag, mapping.mark)
            let index = tokens.count
            begin(.object, count: mapping.count, mark: mapping.mark)
            for (key, value) in mapping {
                if case .scalar(let scalar) = key {
                    addText(scalar.string, mark: scalar.mark)
                } else {
                    report("found a key that is a list or an object, allowed: a text", key.mark)
                }
                add(value)
            }
            finish(index)
        case .alias(let alias):
            report("found an alias, allowed: a value", alias.mark)
        }
    }

    private mutating func addScalar(_ scalar: Node.Scalar) {
        // Yams gives quoted scalars this tag; on a plain one it is an explicit wish for a text.
        if scalar.tag.description == Tag.Name.str.rawValue {
            addText(scalar.string, mark: scalar.mark)
            return
        }
        refuseTag(scalar.tag, scalar.mark)
        switch YAMLScalar(plain: scalar.string) {
        case .null: append(.null, text: "", mark: scalar.mark)
        case .bool(let value): append(value ? .true : .false, text: "", mark: scalar.mark)
        case .number(let literal): append(.number, text: literal, mark: scalar.mark)
        case .text(let text): addText(text, mark: scalar.mark)
        case .unusable(let allowed):
            faults.append(DocumentTree.Fault(node: tokens.count, kind: .unusable(allowed: allowed)))
            append(.number, text: scalar.string, mark: scalar.mark)
        }
    }

    private mutating func refuseTag(_ tag: Tag, _ mark: Mark?) {
        // The description is the tag as written; empty for none.
        let written = tag.description
        guard !written.isEmpty else { return }
        report("found the tag \(DocumentTree.shortened(written)), allowed: values without tags", mark)
    }

    private mutating func addText(_ text: String, mark: Mark?) { append(.text, text: text, mark: mark) }

    private mutating func begin(_ kind: DocumentTree.Kind, count: Int, mark: Mark?) {
        append(kind, text: "", mark: mark)
        tokens[tokens.count - 1].length = UInt32(truncatingIfNeeded: count)
    }

    private mutating func finish(_ index: Int) {
        tokens[index].end = UInt32(truncatingIfNeeded: tokens.count)
    }

    private mutating func append(_ kind: DocumentTree.Kind, text: String, mark: Mark?) {
        let offset = source.count
        source += text.utf8
        tokens.append(
            DocumentTree.Token(
                kind: kind, offset: UInt32(truncatingIfNeeded: offset),
                length: UInt32(truncatingIfNeeded: source.count - offset),
                end: UInt32(truncatingIfNeeded: tokens.count + 1)))
        marks.append(DocumentTree.Mark(line: mark?.line ?? 1, column: mark?.column ?? 1))
    }

    private mutating func report(_ message: String, _ mark: Mark?) {
        guard problems.count < DocumentErrors.limit else { return }
        problems.append(
            DocumentIssue(file: name, line: mark?.line, column: mark?.column, path: "", message: message))
    }
}
