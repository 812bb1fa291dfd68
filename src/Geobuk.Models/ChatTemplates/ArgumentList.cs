namespace Geobuk.Models.ChatTemplates;

/// <summary>Arguments as written.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary>No arguments.</summary>
    public static ArgumentList None { get; } = new([], []);

    /// <summary>Their values.</summary>
    public CallArguments Evaluate(RenderContext context)
    {
        if (Positional.Count == 0 && Named.Count == 0) return CallArguments.None;
        var positional = Positional.Count == 0 ? [] : new object?[Positional.Count];
        for (var i = 0; i < positional.Length; i++) positional[i] = Positional[i].Evaluate(context);
        return new(positional, Named.Count == 0 ? CallArguments.None.Named : Named.ToDictionary(argument => argument.Name, argument => argument.Value.Evaluate(context)));
    }
}
