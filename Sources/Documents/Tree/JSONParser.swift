/// Reads JSON (RFC 8259) into a tree, strictly.
///
/// Our own, because Foundation's decoder stops at the first mistake, knows no place for it, takes duplicate keys in
/// silence and turns large integers into doubles. Any bytes are either a tree or an error; nothing traps. Texts must be
/// UTF-8 without lone surrogates, numbers must be finite as doubles, nesting is at most `DocumentTree.maximumDepth`.
struct JSONParser {
    struct SyntaxError: Error {
        let offset: Int
        let message: String
    }

    let bytes: [UInt8]
    var position = 0
    var tokens: [DocumentTree.Token] = []
    var faults: [DocumentTree.Fault] = []
    /// Indices of the arrays and objects that are still open.
    private var open: [Int] = []

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        // Real documents have a token for every 10 to 12 bytes.
        tokens.reserveCapacity(bytes.count / 10 + 16)
    }

    static func parse(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> DocumentTree {
        guard bytes.count < Int(UInt32.max) else {
            throw DocumentErrors(issues: [
                DocumentIssue(
                    file: name, path: "", message: "found \(bytes.count) bytes, allowed: a document below 4 GiB")
            ])
        }
        var parser = JSONParser(bytes: bytes)
        do throws(SyntaxError) {
            try parser.parseDocument()
        } catch {
            var counter = PlaceCounter(source: bytes)
            let place = counter.mark(at: error.offset)
            throw DocumentErrors(issues: [
                DocumentIssue(file: name, line: place.line, column: place.column, path: "", message: error.message)
            ])
        }
        return DocumentTree(
            name: name, source: bytes, tokens: parser.tokens, faults: parser.faults)
    }
}

// MARK: - Structure

extension JSONParser {
    private mutating func parseDocument() throws(SyntaxError) {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        repeat {
            try parseValue()
            while let container = open.last, !(try continues(container)) {}
        } while !open.isEmpty
        skipSpace()
        if position < bytes.count { throw unexpected(allowed: "nothing after the document's end") }
    }

    /// Reads a scalar, or opens an array or object; an empty one is closed at once by `continues`.
    private mutating func parseValue() throws(SyntaxError) {
        skipSpace()
        guard position < bytes.count else { throw unexpected(allowed: "a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): try begin(.object)
        case UInt8(ascii: "["): try begin(.array)
        case UInt8(ascii: "\""): try parseText()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        case UInt8(ascii: "t"): try parseWord("true", .true)
        case UInt8(ascii: "f"): try parseWord("false", .false)
        case UInt8(ascii: "n"): try parseWord("null", .null)
        default: throw unexpected(allowed: "a value")
        }
    }

    private mutating func begin(_ kind: DocumentTree.Kind) throws(SyntaxError) {
        guard open.count < DocumentTree.maximumDepth else {
            throw SyntaxError(
                offset: position,
                message: "found deeper nesting, allowed: at most \(DocumentTree.maximumDepth) levels")
        }
        open.append(tokens.count)
        append(kind, offset: position, length: 0)
        position += 1
    }

    /// After a value or an opening bracket: whether another value follows in `container`; closes it when none does.
    private mutating func continues(_ container: Int) throws(SyntaxError) -> Bool {
        skipSpace()
        let isObject = tokens[container].kind == .object
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        let isFirst = tokens.count == container + 1
        guard position < bytes.count else {
            throw unexpected(allowed: isObject ? "the rest of an object" : "the rest of a list")
        }
        if bytes[position] == close {
            position += 1
            finish(container)
            return false
        }
        if !isFirst {
            guard bytes[position] == UInt8(ascii: ",") else {
                throw unexpected(allowed: isObject ? ", or }" : ", or ]")
            }
            position += 1
            skipSpace()
        }
        tokens[container].length += 1
        if isObject { try parseKey() }
        return true
    }

    private mutating func parseKey() throws(SyntaxError) {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
            throw unexpected(allowed: "a key in double quotes")
        }
        try parseText()
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { throw unexpected(allowed: ":") }
        position += 1
    }

    private mutating func finish(_ container: Int) {
        tokens[container].end = UInt32(truncatingIfNeeded: tokens.count)
        open.removeLast()
        if tokens[container].kind == .object { findDuplicateKeys(container) }
    }

    mutating func append(_ kind: DocumentTree.Kind, offset: Int, length: Int) {
        tokens.append(
            DocumentTree.Token(
                kind: kind, offset: UInt32(truncatingIfNeeded: offset), length: UInt32(truncatingIfNeeded: length),
                end: UInt32(truncatingIfNeeded: tokens.count + 1)))
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func parseWord(_ word: StaticString, _ kind: DocumentTree.Kind) throws(SyntaxError) {
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { bytes[position...].prefix(length).elementsEqual($0) }
        guard matches else { throw unexpected(allowed: "a value") }
        append(kind, offset: position, length: length)
        position += length
    }

    func unexpected(allowed: String) -> SyntaxError {
        guard position < bytes.count else {
            return SyntaxError(offset: position, message: "found the end of the document, allowed: \(allowed)")
        }
        let byte = bytes[position]
        let found = (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return SyntaxError(offset: position, message: "found \(found), allowed: \(allowed)")
    }
}

// MARK: - Duplicate keys

extension JSONParser {
    /// Objects up to this size are compared key by key; larger ones (labels, placements) go through a set.
    private static let smallObject = 32

    private mutating func findDuplicateKeys(_ object: Int) {
        let count = Int(tokens[object].length)
        guard count > 1 else { return }
        var keys: [Int] = []
        keys.reserveCapacity(count)
        var next = object + 1
        while keys.count < count {
            keys.append(next)
            next = Int(tokens[next + 1].end)
        }
        if count <= Self.smallObject, keys.allSatisfy({ tokens[$0].kind == .text }) {
            for (index, key) in keys.enumerated() where keys[..<index].contains(where: { isSameText($0, key) }) {
                faults.append(DocumentTree.Fault(node: key, kind: .duplicateKey))
            }
        } else {
            var seen: Set<String> = []
            for key in keys where !seen.insert(text(key)).inserted {
                faults.append(DocumentTree.Fault(node: key, kind: .duplicateKey))
            }
        }
    }

    private func isSameText(_ left: Int, _ right: Int) -> Bool {
        let (first, second) = (tokens[left], tokens[right])
        guard first.length == second.length else { return false }
        let (start, other) = (Int(first.offset), Int(second.offset))
        for index in 0..<Int(first.length) where bytes[start + index] != bytes[other + index] { return false }
        return true
    }

    private func text(_ key: Int) -> String {
        let start = Int(tokens[key].offset)
        let raw = Array(bytes[start..<start + Int(tokens[key].length)])
        return String(decoding: tokens[key].kind == .text ? raw : Self.unescape(raw), as: UTF8.self)
    }
}
