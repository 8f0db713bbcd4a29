import ClusterModel
import Documents
import Execution
import HTTPTypes
import Reports
import Store

/// What can be read: inventory, plans, reports, and the server's own figures.
struct ReadInterface: Sendable {
    let store: StoreFile
    let metrics: ServerMetrics
    let policy: Policy

    func clusters() throws -> Answer {
        let names = try store.clusterNames()
        return .json(.object(fields: ["clusters": .array(values: names.map { .string(value: $0) })]))
    }

    /// The document `drover.cluster/1`, with demand from samples.
    func cluster(_ name: String) throws -> Answer {
        let situation = try StoredSituation(of: try store.cluster(named: name), policy: policy)
        return .json(text: ClusterDocument.write(situation.cluster))
    }

    /// The newest plans, without their steps.
    func plans(of name: String) throws -> Answer {
        let plans = try store.cluster(named: name).plans()
        let listed = plans.map { plan in
            JSONValue.object(fields: [
                "id": .string(value: plan.id), "createdAt": .string(value: plan.createdAt.description),
                "snapshot": .string(value: plan.snapshot), "state": .string(value: plan.state.rawValue),
            ])
        }
        return .json(.object(fields: ["cluster": .string(value: name), "plans": .array(values: listed)]))
    }

    /// A plan of whichever cluster, with how far it has come and who approved it.
    func plan(_ id: String) throws -> Answer {
        for name in try store.clusterNames() {
            let cluster = try store.cluster(named: name)
            guard let plan = try cluster.plan(id: id) else { continue }
            let approvals = try cluster.approvals(ofPlan: id).map { approval in
                JSONValue.object(fields: [
                    "by": .string(value: approval.approvedBy), "at": .string(value: approval.approvedAt.description),
                ])
            }
            let document = try JSONText.read(Array(plan.document.utf8), name: "plan \(id)")
            return .json(
                .object(fields: [
                    "cluster": .string(value: name), "state": .string(value: plan.state.rawValue),
                    "approvals": .array(values: approvals), "plan": document,
                ]))
        }
        return .refusal(.notFound, "there is no plan '\(id)'")
    }

    func capacity(of name: String, size: String?) throws -> Answer {
        let cluster = try store.cluster(named: name)
        var inquiry = CapacityInquiry(policy: policy, consolidates: false)
        if let size {
            do throws(MachineSizeError) {
                inquiry.size = try MachineSize(text: size)
            } catch {
                return .refusal(.badRequest, error.description)
            }
        }
        let situation = try StoredSituation(of: cluster, policy: policy)
        let report = try inquiry.report(on: situation.cluster, at: situation.moment, trendFrom: cluster)
        return .json(text: report.json())
    }

    func metricsPage() throws -> Answer {
        let states = try store.clusterNames().map { name in
            let cluster = try store.cluster(named: name)
            let inventory = try cluster.inventory()
            let plans = try cluster.plans(limit: 10_000)
            return ServerMetrics.ClusterState(
                name: name, newestSample: try cluster.newestSampleTime(),
                hosts: Host.State.allCases.map { state in
                    (state.rawValue, inventory?.hosts.count { $0.state == state } ?? 0)
                },
                vms: inventory?.vms.count ?? 0,
                plans: PlanState.allCases.map { state in (state.rawValue, plans.count { $0.state == state }) })
        }
        return .text(metrics.text(clusters: states), contentType: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// Whether the store answers.
    func health() throws -> Answer {
        _ = try store.clusterNames()
        return .json(.object(fields: ["status": .string(value: "ok")]))
    }
}
