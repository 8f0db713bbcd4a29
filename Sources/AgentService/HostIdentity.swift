import AgentWire
import Glibc
import Sampling

/// What the agent calls its host.
enum HostIdentity {
    /// The name on the command line, or the kernel's.
    static func name(option: String?) throws(AgentError) -> String {
        let name = option ?? kernelName()
        guard WireLimits.standard.allows(text: name) else {
            throw AgentError(
                code: .usage,
                message: "the host's name must have 1 to \(WireLimits.standard.maxTextBytes) bytes and no control "
                    + "characters; set it with --host")
        }
        return name
    }

    /// The kernel's random id of this boot; `nil` where it is not told.
    static func bootID(files: some SystemFiles) -> String? {
        do throws(FileProblem) {
            let contents = try files.read("/proc/sys/kernel/random/boot_id")
            return MachineUUID.canonical(String(decoding: contents.prefix { $0 != 10 }, as: UTF8.self))
        } catch {
            return nil
        }
    }

    private static func kernelName() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            buffer.initialize(repeating: 0)
            guard let base = buffer.baseAddress, gethostname(base, buffer.count - 1) == 0 else { return "" }
            return String(cString: base)
        }
    }
}
