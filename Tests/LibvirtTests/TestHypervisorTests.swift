import Libvirt
import Testing

/// Runs only where libvirt's library is installed.
let installedLibvirt: LibvirtLibrary? = {
    do { return try LibvirtLibrary.load() } catch { return nil }
}()

/// Against libvirt's own built-in hypervisor `test`, which needs no daemon.
@Suite(.enabled(if: installedLibvirt != nil, "libvirt is not installed: apt-get install libvirt0"))
struct TestHypervisorTests {
    private let library: LibvirtLibrary

    init() throws {
        library = try #require(installedLibvirt)
        try library.startEventLoop()
    }

    @Test func loadsOnceAndKnowsItsVersion() throws {
        #expect(library.version >= 6_000_000)
        let again = try LibvirtLibrary.load()
        #expect(again.api == library.api)
    }

    @Test func listsDomainsAndTheirStatistics() throws {
        let connection = try LibvirtConnection(library, uri: "test:///default")
        #expect(connection.isAlive)
        let domains = try connection.domains()
        #expect(domains.map(\.name) == ["test"])
        #expect(domains[0].uuid.count == 36)
        let statistics = try connection.domainStatistics([.state])
        #expect(statistics.map(\.name) == ["test"])
        #expect(statistics[0]["state.state"]?.value == .signed(value: 1))
    }

    @Test func aDomainThatIsNotThereIsNil() throws {
        let connection = try LibvirtConnection(library, uri: "test:///default")
        #expect(try connection.domain(named: "nobody") == nil)
    }

    /// Errors carry libvirt's number, not only a text.
    @Test func errorsHaveTheirNumber() throws {
        #expect {
            _ = try LibvirtConnection(library, uri: "nonsense:///x")
        } throws: { error in
            guard let error = error as? LibvirtError else { return false }
            return error.code > 0 && error.message.hasPrefix("connecting to nonsense:///x: ")
        }
        let connection = try LibvirtConnection(library, uri: "test:///default")
        let domain = try #require(try connection.domain(named: "test"))
        #expect {
            try domain.startDirtyRateCalculation(seconds: 1)
        } throws: { ($0 as? LibvirtError)?.code == 3 }
    }

    /// Many threads at once, each with a failing and a good call: nobody reads another's error.
    @Test func errorsBelongToTheirThread() async throws {
        let connection = try LibvirtConnection(library, uri: "test:///default")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    do throws(LibvirtError) {
                        _ = try LibvirtConnection(connection.library, uri: "nonsense:///\(number)")
                        return false
                    } catch {
                        return error.message.hasPrefix("connecting to nonsense:///\(number): ")
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}
