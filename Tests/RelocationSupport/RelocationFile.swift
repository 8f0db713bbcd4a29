/// The published file, as far as it is read.
struct RelocationFile: Decodable {
    let origin: Origin
    let actions: [Action]

    struct Origin: Decodable {
        let mapping: Mapping
        let attributes: Attributes
        let views: [View]
    }

    struct Mapping: Decodable {
        let onlineNodes: [Int: Node]
    }

    struct Node: Decodable {
        let runningVMs: [Int]
    }

    struct Attributes: Decodable {
        let vms: [Int: GuestMemory]
    }

    /// One resource: what nodes have of it, and VMs take.
    struct View: Decodable {
        let rcId: String
        let nodes: [Int: Double]
        let vms: [Int: Double]
    }

    struct Action: Decodable {
        let vm: Int
        let to: Int
        let end: Double
    }
}
