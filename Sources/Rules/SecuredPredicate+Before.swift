// What a check knows of its rows as they were before the write.
internal import Planning

extension SecuredPredicate {
    /// The values of the row before the write that it looks at, each once, in the order written.
    package var valuesBefore: [SecuredValue] {
        var found: [SecuredValue] = []
        collectBefore(&found)
        return found
    }

    fileprivate func collectBefore(_ found: inout [SecuredValue]) {
        switch self {
        case .constant: break
        case .all(let parts), .any(let parts): for part in parts { part.collectBefore(&found) }
        case .not(let inner), .isTrue(let inner), .exists(_, let inner): inner.collectBefore(&found)
        case .related(_, let security, let inner):
            security.filter.collectBefore(&found)
            security.parentGuard.collectBefore(&found)
            inner.collectBefore(&found)
        case .when(let guardian, let inner):
            guardian.collectBefore(&found)
            inner.collectBefore(&found)
        case .isNull(let value): value.collectBefore(&found)
        case .comparison(let comparison):
            comparison.value.collectBefore(&found)
            if case .value(let value) = comparison.operand { value.collectBefore(&found) }
        }
    }
}

extension SecuredValue {
    fileprivate func collectBefore(_ found: inout [SecuredValue]) {
        switch self {
        case .before(let inner): if !found.contains(inner) { found.append(inner) }
        case .lastFour(let inner), .keyedHash(let inner, _), .part(let inner, _), .outer(let inner), .text(let inner),
            .related(_, _, let inner):
            inner.collectBefore(&found)
        case .choice(let choices, let otherwise):
            for choice in choices {
                choice.condition.collectBefore(&found)
                choice.value.collectBefore(&found)
            }
            otherwise.collectBefore(&found)
        // Rules compare no aggregates.
        case .stored, .null, .constant, .aggregate, .ofGroup: break
        }
    }
}
