public import ArgumentParser
public import Documents

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of a document.",
        discussion: """
            For editors and for programs that write documents. References between parts of a document are checked by \
            drover validate alone.

              drover schema policy > policy.schema.json
            """)

    @Argument(help: "cluster, plan, policy or hosts.")
    var kind: DocumentSchema.Kind

    func run() throws {
        try Terminal.output(DocumentSchema.text(for: kind))
    }
}

extension DocumentSchema.Kind: ExpressibleByArgument {}
