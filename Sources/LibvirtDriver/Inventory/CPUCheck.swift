internal import Libvirt

/// The question whether a host can give a guest its CPU, in the form in which libvirt answers it.
struct CPUCheck: Sendable, Hashable {
    /// The `<cpu>` element.
    let cpu: String
    let model: String
    let type: String
    let architecture: String
    let machine: String?
    let emulator: String?

    /// `nil` for a guest whose CPU is the host's own or libvirt's default: there is nothing to compare by.
    init?(_ description: DomainDescription) {
        guard let cpu = description.cpu, cpu["mode"] != "host-passthrough", cpu["mode"] != "maximum",
            let model = cpu.first("model")?.value
        else { return nil }
        self.cpu = cpu.xml
        self.model = model
        type = description.type
        architecture = description.architecture
        machine = description.machine
        emulator = description.emulator
    }

    /// What the host says; `nil` when it cannot compare: its libvirt then checks when the migration begins.
    func verdict(_ connection: LibvirtConnection) throws(LibvirtError) -> LibvirtConnection.CPUComparison? {
        do throws(LibvirtError) {
            return try connection.compare(
                cpu: cpu, emulator: emulator, architecture: architecture, machine: machine, type: type)
        } catch {
            if error.isConnectionTrouble { throw error }
            return nil
        }
    }
}
