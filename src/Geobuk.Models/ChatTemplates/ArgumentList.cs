namespace Geobuk.Models.ChatTemplates;

/// <summary>Arguments as written.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary>No arguments.</summary>
    public static ArgumentList None { get; } = new([], []);

    /// <summary>Their values.</summary>
    public CallArguments Evaluate(RenderContext context) =>
        new([.. Positional.Select(argument => argument.Evaluate(context))], Named.ToDictionary(argument => argument.Name, argument => argument.Value.Evaluate(context)));
}
