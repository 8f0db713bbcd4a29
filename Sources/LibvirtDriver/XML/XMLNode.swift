/// An element of an XML document, as libvirt writes them.
struct XMLNode: Sendable, Hashable {
    var name: String
    var attributes: [String: String] = [:]
    var children: [XMLNode] = []
    /// All text directly within, joined.
    var text = ""

    subscript(attribute: String) -> String? { attributes[attribute] }

    func all(_ name: String) -> [XMLNode] { children.filter { $0.name == name } }

    func first(_ name: String) -> XMLNode? { children.first { $0.name == name } }

    /// The first element at the end of a path of names.
    func at(_ path: String...) -> XMLNode? {
        var node: XMLNode? = self
        for name in path { node = node?.first(name) }
        return node
    }

    /// Text without the white space around it; `nil` when none is left.
    var value: String? {
        let trimmed = text.drop { $0.isWhitespace }
        guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(trimmed[...last])
    }

    /// The element as XML; attributes sorted, so that equal elements are equal texts.
    var xml: String {
        let written = attributes.sorted { $0.key < $1.key }.map { " \($0.key)='\(Self.escaped($0.value))'" }.joined()
        let inner = (value.map(Self.escaped) ?? "") + children.map(\.xml).joined()
        return inner.isEmpty ? "<\(name)\(written)/>" : "<\(name)\(written)>\(inner)</\(name)>"
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "'": result += "&apos;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

/// What is wrong with an XML document.
struct XMLError: Error, Sendable, Hashable, CustomStringConvertible {
    let line: Int
    let message: String

    var description: String { "line \(line): \(message)" }
}
