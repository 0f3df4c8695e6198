// A plan that may have to ask somebody before it is secured: root field by root field, one question after the other, each only
// once the answers before it leave it decisive. What comes of a plan depends on the answers alone, so that the questions of a
// plan, and the plan they end in, are cached under the answers.
package import Base
internal import Metadata
package import Planning

/// What must be asked next.
package struct VerdictQuestion: Sendable {
    package enum Subject: Sendable {
        case webhook(WebhookCall)
        /// A read of at most one row of another source: yes if there is one. `fact` names the question.
        case query(SecuredPlan, fact: Int)
    }

    /// The response key of that read.
    package static let found = "found"

    /// A value of what is written, as the caller sends it or the rules force it.
    package indirect enum Sent: Sendable, Hashable {
        case null
        case parameter(Parameter)
        case object([Member])
        case list([Sent])

        package struct Member: Sendable, Hashable {
            package let name: String
            package let value: Sent
        }
    }

    package let subject: Subject
    /// `doc`: the root field's objects; `nil` where nothing is written.
    package let document: [Sent]?
    /// `params`: arguments of the function that is called.
    package let arguments: [Sent.Member]?
}

package enum SecuringStep: Sendable {
    case secured(SecuredPlan)
    case question(VerdictQuestion)
}

extension SecurePlan {
    /// - Parameter answers: to the questions that this plan has led to so far, in their order.
    /// - Throws: as `secure` does, and `access-denied` where an answer forbids what the plan asks for.
    package func secure(_ plan: OperationPlan, answers: [Bool]) throws(GatewayError) -> SecuringStep {
        guard view.rules.asksForVerdicts, !view.shape.isAdmin else { return try .secured(secure(plan)) }
        var answers = answers[...]
        var roots: [RootField<Secured>] = []
        for root in plan.roots {
            switch try step(root, &answers) {
            case .success(let secured): roots.append(secured)
            case .failure(let asked): return .question(asked.question)
            }
        }
        return .secured(SecuredPlan(roots: roots))
    }

    private struct Asked: Error {
        let question: VerdictQuestion
    }

    private func step(
        _ root: RootField<Requested>, _ answers: inout ArraySlice<Bool>
    ) throws(GatewayError) -> Result<RootField<Secured>, Asked> {
        var known: [Int: Truth] = [:]
        while true {
            let view = view.knowing(known)
            let asking = TouchedRules()
            let result: Result<RootField<Secured>, GatewayError>
            do throws(GatewayError) {
                result = try .success(SecurePlan(view: view, noting: asking).secure(root))
            } catch {
                // What a verdict has closed stays closed, whatever else is asked.
                if error == KnownVerdicts.denied {
                    touched?.add(asking, view)
                    throw error
                }
                result = .failure(error)
            }
            guard let fact = view.verdicts?.question else {
                // Nothing waits for a verdict, so none can matter. Secured once more with those unknown: were one left out of
                // the search by mistake, it could only take away.
                let settled = self.view.knowing(known, others: .unknown)
                touched?.add(asking, settled)
                _ = try result.get()
                return try .success(SecurePlan(view: settled).secure(root))
            }
            let asked = asked(fact, root, try? result.get())
            guard let question = asked.question else {
                known[fact] = asked.no
                continue
            }
            guard let answer = answers.popFirst() else { return .failure(Asked(question: question)) }
            known[fact] = answer ? .isTrue : asked.no
        }
    }

    /// - Parameter secured: the field as if the answer were yes; `nil` if it would be refused then.
    /// - Returns: the question, `nil` where the answer is known without asking, and what no means: unknown where a claim is
    ///   missing without which no row can be looked for.
    private func asked(
        _ fact: Int, _ root: RootField<Requested>, _ secured: RootField<Secured>?
    ) -> (question: VerdictQuestion?, no: Truth) {
        switch view.rules.facts[fact] {
        case .webhook(let call): return (question(call, root, secured), .isFalse)
        case .query(let query):
            var evaluation = Condition.Evaluation(truths: view.shape.truths)
            let predicate = query.condition.residue(&evaluation)
            let no: Truth = evaluation.misses > 0 && predicate != .alwaysFalse ? .unknown : .isFalse
            guard predicate.couldBeTrue else { return (nil, no) }
            let plan = SecuredPlan(roots: [
                RootField(responseKey: VerdictQuestion.found, content: .read(Self.one(of: query.collection, predicate)))
            ])
            return (VerdictQuestion(subject: .query(plan, fact: fact), document: nil, arguments: nil), no)
        case .authenticated, .comparison, .usable, .whole:
            preconditionFailure("only what needs a verdict is asked about")
        }
    }

    /// The inside of a rule sees all rows.
    private static func one(of collection: CollectionID, _ predicate: SecuredPredicate) -> SecuredRead {
        SecuredRead(
            collection: collection, form: .list, link: nil, security: .insideRule, predicate: predicate, distinct: [],
            ordering: [], limit: Parameter(origin: .integer(1), target: .count), offset: nil, rowLimit: 1,
            selection: .row([RowMember(responseKey: VerdictQuestion.found, content: .typename(VerdictQuestion.found))]),
            errorPath: "$")
    }

    private func question(
        _ call: WebhookCall, _ root: RootField<Requested>, _ secured: RootField<Secured>?
    ) -> VerdictQuestion {
        var document: [VerdictQuestion.Sent]?
        if call.operation.hasWrittenRow {
            let sent = SentDocument(catalog: catalog)
            if case .write(let write)? = secured?.content {
                document = sent.objects(of: write.action)
            } else if case .write(let write) = root.content {
                document = sent.objects(of: write.action)
            }
        }
        return VerdictQuestion(
            subject: .webhook(call), document: document, arguments: SentDocument(catalog: catalog).arguments(of: root))
    }
}

/// What a root field writes, in the names of the database.
private struct SentDocument {
    typealias Sent = VerdictQuestion.Sent
    let catalog: Catalog

    func objects<Stage>(of action: WritePlan<Stage>.Action) -> [Sent]? {
        switch action {
        case .insert(let insert): objects(of: insert)
        case .update(let update): [changes(of: update)]
        case .updateEach(let updates): updates.map { changes(of: $0) }
        case .delete, .call: nil
        }
    }

    private func objects<Stage>(of insert: InsertPlan<Stage>) -> [Sent] {
        let collection = catalog[insert.collection]
        return insert.objects.map { object in
            var members = object.assignments.map {
                Sent.Member(name: collection.fields[$0.field].name, value: value($0.value))
            }
            for nested in object.before + object.after {
                let relationship = catalog.relationship(nested.link)
                let objects = objects(of: nested.insert)
                let isList = relationship.kind == .array
                members.append(
                    .init(name: relationship.name, value: isList ? .list(objects) : objects.first ?? .null))
            }
            return .object(members)
        }
    }

    /// What `_set` gives stands as it will be written; other operators under their names.
    private func changes<Stage>(of update: UpdatePlan<Stage>) -> Sent {
        let collection = catalog[update.collection]
        let named = { (changes: [FieldChange]) in
            changes.map { Sent.Member(name: collection.fields[$0.field].name, value: self.value($0.value)) }
        }
        var members = named(update.changes.filter { $0.change == .set })
        for change in UpdateOperator.allCases where change != .set {
            let changes = update.changes.filter { $0.change == change }
            if !changes.isEmpty { members.append(.init(name: change.rawValue, value: .object(named(changes)))) }
        }
        for related in update.related {
            guard case .update(let inner) = related.change else { continue }
            members.append(.init(name: catalog.relationship(related.link).name, value: changes(of: inner)))
        }
        return .object(members)
    }

    func arguments(of root: RootField<Requested>) -> [Sent.Member]? {
        let call: FunctionCall? =
            switch root.content {
            case .read(let read): read.call
            case .write(let write):
                if case .row(let read) = write.answer { read.call } else { nil }
            case .typename, .introspection: nil
            }
        guard let call, case .root(let id) = call.origin else { return nil }
        return zip(catalog[id].function.arguments, call.arguments).compactMap { argument, given in
            guard case .input(let name, _) = argument.role, case .value(let parameter) = given else { return nil }
            return Sent.Member(name: name, value: value(parameter))
        }
    }

    private func value(_ parameter: Parameter?) -> Sent {
        parameter.map { .parameter($0) } ?? .null
    }
}
