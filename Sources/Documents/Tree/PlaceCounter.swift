/// Counts lines and columns up to offsets that only grow.
package struct PlaceCounter {
    private let source: [UInt8]
    private var offset = 0
    private var mark = DocumentTree.Mark(line: 1, column: 1)

    package init(source: [UInt8]) { self.source = source }

    package mutating func mark(at wanted: Int) -> DocumentTree.Mark {
        while offset < min(wanted, source.count) {
            let byte = source[offset]
            if byte == 0x0A {
                mark = DocumentTree.Mark(line: mark.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                mark.column += 1
            }
            offset += 1
        }
        return mark
    }
}
