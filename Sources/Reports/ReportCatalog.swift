/// How a report can be written.
public enum ReportFormat: String, Sendable, Hashable, CaseIterable {
    case text, json, html
}

/// All reports, what they are for, and the forms they have. A new report is one file and one line here.
public enum ReportCatalog {
    public struct Entry: Sendable, Hashable {
        public let name: String
        public let summary: String
        public let formats: [ReportFormat]
    }

    public static let all = [
        // The JSON form of a plan is the document itself.
        Entry(
            name: "plan", summary: "a plan: figures, hosts before and after, steps, refusals",
            formats: [.text, .json, .html]),
        Entry(name: "explain", summary: "why a VM moves or stays, what happens to a host", formats: [.text, .json]),
        Entry(
            name: "capacity", summary: "how full the hosts are and how many more VMs fit",
            formats: [.text, .json, .html]),
    ]
}
