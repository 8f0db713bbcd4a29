public import ClusterModel

/// JSON without a shape of its own, under the same strict rules as Drover's documents.
public enum JSONText {
    /// Reads any JSON value; duplicate keys are errors.
    public static func read(_ bytes: [UInt8], name: String) throws(DocumentErrors) -> JSONValue {
        let tree = try JSONParser.parse(bytes, name: name)
        var reader = ShapeReader(tree: tree)
        try reader.finish()
        return tree.value(0)
    }

    /// One line, keys sorted.
    public static func compact(_ value: JSONValue) -> String {
        var writer = JSONWriter(style: .canonical)
        writer.value(value)
        return writer.text()
    }
}
