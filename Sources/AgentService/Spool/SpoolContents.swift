import Glibc
import Sampling

/// What lies in a spool's directory. Reading it needs no lock: `status` does so while an agent runs.
package struct SpoolContents: Sendable, Hashable {
    /// Bytes by order.
    package let sizes: [UInt64: Int64]
    package let refusedCount: Int
    package let damagedCount: Int
    /// Files that a killed process had begun to write.
    let leftovers: [String]
    let highestOrder: UInt64

    package init(directory: String) throws(AgentError) {
        var sizes: [UInt64: Int64] = [:]
        var leftovers: [String] = []
        for name in try Self.names(in: directory) {
            if name.hasSuffix(".tmp") { leftovers.append(name) }
            guard let order = Self.order(ofFile: name) else { continue }
            var information = stat()
            // A file may be sent and removed while we look.
            guard stat("\(directory)/\(name)", &information) == 0 else { continue }
            sizes[order] = Int64(information.st_size)
        }
        let refused = try Self.orders(in: "\(directory)/\(SpoolCorner.refused.rawValue)")
        let damaged = try Self.orders(in: "\(directory)/\(SpoolCorner.damaged.rawValue)")
        self.sizes = sizes
        self.leftovers = leftovers
        refusedCount = refused.count
        damagedCount = damaged.count
        highestOrder = (Array(sizes.keys) + refused + damaged).max() ?? 0
    }

    package var byteCount: Int64 { sizes.values.reduce(0, +) }

    /// 20 digits hold any order, so that names sort as orders do.
    static func fileName(_ order: UInt64) -> String {
        let digits = String(order)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".batch"
    }

    /// Orders of the files in a directory, ascending.
    static func orders(in directory: String) throws(AgentError) -> [UInt64] {
        try names(in: directory).compactMap(order(ofFile:)).sorted()
    }

    /// An order near the largest number is not ours and must not make the next one wrap.
    private static func order(ofFile name: String) -> UInt64? {
        guard name.hasSuffix(".batch"), name.utf8.count == 26, let order = UInt64(name.dropLast(6)),
            order < UInt64(Int64.max)
        else { return nil }
        return order
    }

    private static func names(in directory: String) throws(AgentError) -> [String] {
        do throws(FileProblem) {
            return try RootedFiles().entries(of: directory)
        } catch {
            throw AgentError(code: .spool, message: "the spool \(directory) \(error)")
        }
    }
}
