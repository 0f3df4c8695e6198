// The part of a generated schema that the measured request uses.

let sampleSchema = """
    scalar date
    enum order_by { asc desc asc_nulls_last desc_nulls_last }
    enum astronauts_select_column { id name nationality born }
    input String_comparison { _eq: String _in: [String!] _ilike: String }
    input Int_comparison { _eq: Int _gt: Int }
    input Boolean_comparison { _eq: Boolean }
    input date_comparison { _eq: date _gte: date }
    input agencies_bool_exp { _and: [agencies_bool_exp!] name: String_comparison }
    input missions_bool_exp {
      _and: [missions_bool_exp!] _or: [missions_bool_exp!] _not: missions_bool_exp agency: agencies_bool_exp
      launch_date: date_comparison status: String_comparison orbits: Int_comparison
    }
    input notes_bool_exp { _and: [notes_bool_exp!] published: Boolean_comparison text: String_comparison }
    input spacewalks_bool_exp { minutes: Int_comparison }
    input missions_order_by { launch_date: order_by id: order_by }
    input crew_order_by { seat: order_by }
    input flights_order_by { launch_date: order_by }
    input astronauts_order_by { nationality: order_by born: order_by }
    type agencies { id: Int! name: String! country: String founded: date }
    type vehicles { id: Int! name: String! stages: Int payload_to_leo_kg: Int maker: agencies }
    type spacecraft {
      id: Int! name: String! crew_capacity: Int dry_mass_kg: Int first_flight: date operator: agencies
    }
    type users { id: Int! name: String! }
    type notes { id: Int! text: String! author: users }
    type flights { id: Int! launch_date: date duration_minutes: Int }
    type count_and_sum { count: Int! sum: minutes }
    type minutes { minutes: Int }
    type spacewalks_aggregate { aggregate: count_and_sum }
    type astronauts {
      id: Int! name: String! born: date died: date nationality: String selected_in: Int
      flights(order_by: [flights_order_by!]): [flights!]!
      spacewalks_aggregate(where: spacewalks_bool_exp): spacewalks_aggregate!
      crew_assignments: [crew!]!
    }
    type crew { seat: Int role: String astronaut: astronauts mission: missions }
    type missions {
      id: Int! name: String! launch_date: date landing_date: date orbits: Int agency: agencies
      launch_vehicle: vehicles spacecraft: spacecraft
      crew_assignments(order_by: [crew_order_by!], limit: Int): [crew!]!
      mission_notes(where: notes_bool_exp): [notes!]!
    }
    type extremes { orbits: Int launch_date: date }
    type averages { orbits: Float }
    type aggregates { count: Int! max: extremes min: extremes avg: averages }
    type missions_aggregate { aggregate: aggregates }
    type Query {
      missions(where: missions_bool_exp, order_by: [missions_order_by!], limit: Int, offset: Int): [missions!]!
      missions_aggregate(where: missions_bool_exp): missions_aggregate!
      astronauts(distinct_on: [astronauts_select_column!], order_by: [astronauts_order_by!]): [astronauts!]!
    }
    """
