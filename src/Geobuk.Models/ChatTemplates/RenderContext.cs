using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>The state of one rendering: variables, output, and what is left of the limits.</summary>
internal sealed class RenderContext
{
    private const int MostSteps = 1_000_000;
    private const int MostCharacters = 32 << 20;
    private const int DeepestCalls = 40;
    // Every level costs stack; a chain of operators is as deep as it is long.
    private const int DeepestEvaluation = 600;

    private readonly List<Dictionary<string, object?>> _scopes = [new(StringComparer.Ordinal)];
    private readonly string _place;
    private int _steps;
    private long _characters;
    private int _calls;
    private int _depth;

    /// <summary>Starts with the functions that every template has.</summary>
    public RenderContext(string place)
    {
        _place = place;
        foreach (var (name, function) in Functions.All) Set(name, function);
    }

    /// <summary>The text so far.</summary>
    public StringBuilder Output { get; private set; } = new();

    /// <summary>The value of a name, innermost first.</summary>
    public object? Get(string name)
    {
        for (var i = _scopes.Count - 1; i >= 0; i--)
            if (_scopes[i].TryGetValue(name, out var value)) return value;
        return new Undefined(name);
    }

    /// <summary>Sets a name in the innermost scope.</summary>
    public void Set(string name, object? value) => _scopes[^1][name] = value;

    /// <summary>Runs in a scope of its own.</summary>
    public T Scoped<T>(Func<T> run)
    {
        _scopes.Add(new Dictionary<string, object?>(StringComparer.Ordinal));
        var result = run();
        _scopes.RemoveAt(_scopes.Count - 1);
        return result;
    }

    /// <summary>Runs as a macro: sees the template's own variables but not the caller's, and its output is the result.</summary>
    public string Call(int line, Action run)
    {
        if (++_calls > DeepestCalls) throw Fail(line, $"macros call each other more than {DeepestCalls} deep", "a template that ends");
        var hidden = _scopes.GetRange(1, _scopes.Count - 1);
        _scopes.RemoveRange(1, hidden.Count);
        var text = Capture(() => Scoped(() =>
        {
            run();
            return true;
        }));
        _scopes.AddRange(hidden);
        _calls--;
        return text;
    }

    /// <summary>What <paramref name="run"/> prints.</summary>
    public string Capture(Action run)
    {
        var outer = Output;
        Output = new StringBuilder();
        run();
        var text = Output.ToString();
        Output = outer;
        return text;
    }

    /// <summary>Appends to the output.</summary>
    public void Write(int line, string text)
    {
        Charge(line, text.Length);
        Output.Append(text);
    }

    /// <summary>Counts one step of work.</summary>
    public void Step(int line)
    {
        if (++_steps > MostSteps) throw Fail(line, $"the template takes more than {MostSteps} steps", "a template that ends");
    }

    /// <summary>Counts one level of nested work, until <see cref="Leave"/>.</summary>
    public void Enter(int line)
    {
        Step(line);
        if (++_depth > DeepestEvaluation) throw Fail(line, $"the template nests deeper than {DeepestEvaluation} when it runs", "a flatter one");
    }

    /// <summary>Ends the level.</summary>
    public void Leave() => _depth--;

    /// <summary>Counts characters or items that are about to be made.</summary>
    public void Charge(int line, long count)
    {
        if (count > MostCharacters || (_characters += count) > MostCharacters) throw Fail(line, $"the template makes more than {MostCharacters} characters", "less text");
    }

    /// <summary>An error at a line of the template.</summary>
    public UserInputException Fail(int line, string found, string expected) => TemplateError.At(_place, line, found, expected);
}
