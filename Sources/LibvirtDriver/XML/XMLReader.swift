/// Reads the XML that libvirt writes: elements, attributes, text, character references, comments.
///
/// Stricter than XML: no document types, no entities but the five built in, UTF-8 only, and limits on size, depth and
/// number of elements, so that no answer of a host can exhaust Drover.
struct XMLReader {
    static let largestBytes = 16 << 20
    static let deepest = 64
    static let mostElements = 200_000

    private let bytes: [UInt8]
    private var position = 0
    private var elements = 0

    /// The document's root element.
    static func read(_ text: String) throws(XMLError) -> XMLNode {
        var reader = XMLReader(bytes: Array(text.utf8))
        return try reader.document()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func document() throws(XMLError) -> XMLNode {
        guard bytes.count <= Self.largestBytes else { throw wrong("larger than \(Self.largestBytes) bytes") }
        try skipMiscellany()
        guard take("<") else { throw wrong("an element is expected") }
        let root = try element(depth: 1)
        try skipMiscellany()
        guard position == bytes.count else { throw wrong("something follows the root element") }
        return root
    }

    /// White space, comments and processing instructions between elements.
    private mutating func skipMiscellany() throws(XMLError) {
        while true {
            skipSpace()
            if take("<?") {
                try skip(past: "?>")
            } else if take("<!--") {
                try skip(past: "-->")
            } else {
                return
            }
        }
    }

    /// An element, from the character after its `<`.
    private mutating func element(depth: Int) throws(XMLError) -> XMLNode {
        guard depth <= Self.deepest else { throw wrong("deeper than \(Self.deepest) elements") }
        elements += 1
        guard elements <= Self.mostElements else { throw wrong("more than \(Self.mostElements) elements") }
        var node = XMLNode(name: try name())
        while true {
            let hadSpace = skipSpace()
            if take("/>") { return node }
            if take(">") { break }
            guard hadSpace else { throw wrong("a space or the end of <\(node.name)> is expected") }
            let key = try name()
            skipSpace()
            guard take("=") else { throw wrong("= is expected after attribute \(key)") }
            skipSpace()
            guard node.attributes.updateValue(try quoted(), forKey: key) == nil else {
                throw wrong("attribute \(key) stands twice")
            }
        }
        try content(of: &node, depth: depth)
        return node
    }

    private mutating func content(of node: inout XMLNode, depth: Int) throws(XMLError) {
        while true {
            node.text += try text(until: UInt8(ascii: "<"))
            if take("</") {
                let closing = try name()
                guard closing == node.name else { throw wrong("</\(closing)> closes <\(node.name)>") }
                skipSpace()
                guard take(">") else { throw wrong("> is expected after </\(closing)") }
                return
            }
            if take("<!--") {
                try skip(past: "-->")
            } else if take("<![CDATA[") {
                let start = position
                try skip(past: "]]>")
                node.text += String(decoding: bytes[start..<position - 3], as: UTF8.self)
            } else if take("<?") {
                try skip(past: "?>")
            } else if take("<") {
                node.children.append(try element(depth: depth + 1))
            } else {
                throw wrong("<\(node.name)> is not closed")
            }
        }
    }

    // MARK: - Tokens

    private mutating func name() throws(XMLError) -> String {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start else { throw wrong("a name is expected") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    private mutating func quoted() throws(XMLError) -> String {
        for quote in ["'", "\""] where take(quote) {
            let value = try text(until: quote.utf8.first ?? 0)
            guard take(quote) else { throw wrong("a quoted value is not closed") }
            return value
        }
        throw wrong("a quoted value is expected")
    }

    /// Text up to a byte, references resolved; the byte is not taken.
    private mutating func text(until end: UInt8) throws(XMLError) -> String {
        var result: [UInt8] = []
        while position < bytes.count, bytes[position] != end {
            if bytes[position] == UInt8(ascii: "&") {
                result += Array(try reference().utf8)
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func reference() throws(XMLError) -> String {
        for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&apos;", "'"), ("&quot;", "\"")]
        where take(entity) {
            return character
        }
        let start = position
        guard take("&#") else { throw wrong("an unknown entity") }
        let radix = take("x") ? 16 : 10
        let digits = position
        while position < bytes.count, position - digits < 8, bytes[position] != UInt8(ascii: ";") { position += 1 }
        let number = UInt32(String(decoding: bytes[digits..<position], as: UTF8.self), radix: radix)
        guard take(";"), let scalar = number.flatMap(Unicode.Scalar.init), scalar != "\0" else {
            position = start
            throw wrong("a character reference that means nothing")
        }
        return String(Character(scalar))
    }

    @discardableResult
    private mutating func skipSpace() -> Bool {
        let start = position
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func take(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { take($0) }
    }

    private mutating func take(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { take($0) }
    }

    private mutating func take(_ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
        guard position + wanted.count <= bytes.count else { return false }
        for offset in 0..<wanted.count where bytes[position + offset] != wanted[offset] { return false }
        position += wanted.count
        return true
    }

    private mutating func skip(past end: StaticString) throws(XMLError) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw wrong("\(end) is missing")
    }

    private func wrong(_ message: String) -> XMLError {
        XMLError(line: bytes.prefix(position).count { $0 == 0x0A } + 1, message: message)
    }
}
