//! Arguments of a call put in the order of a function's parameters.

use super::ast::{Argument, At};
use super::builtins::Parameter;

/// Which argument stands for each parameter; a parameter that repeats takes
/// all that are left. The error says where and why they do not fit.
pub(super) fn arrange(
    parameters: &[Parameter],
    args: &[Argument],
) -> Result<Vec<Option<usize>>, (Option<At>, String)> {
    let named = args.iter().filter(|arg| arg.name.is_some()).count();
    if named == 0 {
        return positional(parameters, args.len());
    }
    if named < args.len() {
        return Err((
            None,
            "takes either named arguments or unnamed ones, not both".to_owned(),
        ));
    }
    let mut order = vec![None; parameters.len()];
    for (index, arg) in args.iter().enumerate() {
        let Some((name, at)) = &arg.name else {
            continue;
        };
        let Some(position) = parameters
            .iter()
            .position(|parameter| parameter.name == name)
        else {
            return Err((Some(*at), format!("has no parameter `{name}`")));
        };
        if order[position].replace(index).is_some() {
            return Err((Some(*at), format!("got `{name}` twice")));
        }
    }
    for (position, parameter) in parameters.iter().enumerate() {
        if order[position].is_none() && !parameter.optional {
            return Err((None, format!("needs `{}`", parameter.name)));
        }
    }
    while order.last() == Some(&None) {
        order.pop();
    }
    Ok(order)
}

fn positional(
    parameters: &[Parameter],
    count: usize,
) -> Result<Vec<Option<usize>>, (Option<At>, String)> {
    let required = parameters
        .iter()
        .filter(|parameter| !parameter.optional)
        .count();
    let repeats = parameters.iter().any(|parameter| parameter.repeats);
    if count < required || count > parameters.len() && !repeats {
        let wanted = match (repeats, required, parameters.len()) {
            (true, at_least, _) => format!("at least {at_least}"),
            (false, same, most) if same == most => same.to_string(),
            (false, fewest, most) => format!("{fewest} to {most}"),
        };
        return Err((None, {
            let noun = match wanted.as_str() {
                "1" | "at least 1" => "argument",
                _ => "arguments",
            };
            let are = if count == 1 { "is" } else { "are" };
            format!("takes {wanted} {noun}, but here {are} {count}")
        }));
    }
    Ok((0..count).map(Some).collect())
}
