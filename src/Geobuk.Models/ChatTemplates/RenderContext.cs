using System.Text;

namespace Geobuk.Models.ChatTemplates;

/// <summary>
/// The state of one rendering: variables, output, and what is left of the limits. Steps bound the time, characters the
/// memory: whatever makes or reads through text or lists is charged before it does so.
/// </summary>
internal sealed class RenderContext
{
    private const int MostSteps = 500_000;
    private const int MostCharacters = 48 << 20;
    // What an item of a list takes, in characters of two bytes.
    private const int CharactersPerItem = 24;
    private const int CharactersPerCall = 256;
    // Comparing and searching take many characters at once.
    private const int CharactersAtOnce = 16;
    private const int DeepestCalls = 40;
    // Every level costs stack; a chain of operators is as deep as it is long.
    private const int DeepestEvaluation = 600;

    private readonly TemplateScope _top = new(null);
    private readonly string _place;
    private TemplateScope _scope;
    private StringBuilder _output = new();
    private int _steps;
    private long _characters;
    private int _calls;
    private int _depth;

    /// <summary>Starts with the functions that every template has.</summary>
    public RenderContext(string place)
    {
        (_place, _scope) = (place, _top);
        foreach (var (name, function) in Functions.All) Set(name, function);
    }

    /// <summary>The text so far.</summary>
    public string Output => _output.ToString();

    /// <summary>The value of a name, innermost first.</summary>
    public object? Get(string name) => _scope.Get(name);

    /// <summary>Sets a name in the innermost scope.</summary>
    public void Set(string name, object? value) => _scope.Set(name, value);

    /// <summary>Opens a scope inside the present one.</summary>
    public TemplateScope Push() => _scope = new TemplateScope(_scope);

    /// <summary>Closes the innermost scope.</summary>
    public void Pop() => _scope = _scope.Outer!;

    /// <summary>Runs as a macro: sees the template's own variables but not the caller's, and its output is the result.</summary>
    public string Call(int line, Action run)
    {
        if (++_calls > DeepestCalls) throw Fail(line, $"macros call each other more than {DeepestCalls} deep", "a template that ends");
        Charge(line, CharactersPerCall);
        var caller = _scope;
        _scope = new TemplateScope(_top);
        var text = Capture(run);
        _scope = caller;
        _calls--;
        return text;
    }

    /// <summary>What <paramref name="run"/> prints.</summary>
    public string Capture(Action run)
    {
        var outer = _output;
        _output = new StringBuilder();
        run();
        var text = _output.ToString();
        _output = outer;
        return text;
    }

    /// <summary>Appends to the output.</summary>
    public void Write(int line, string text)
    {
        // Once here and once in the result.
        Charge(line, 2L * text.Length);
        _output.Append(text);
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

    /// <summary>Counts characters that are about to be made or read through.</summary>
    public void Charge(int line, long count)
    {
        if (count > MostCharacters || (_characters += count) > MostCharacters)
            throw Fail(line, $"the template makes or reads more than {MostCharacters} characters, {CharactersPerItem} for an item of a list", "less text");
    }

    /// <summary>Counts a search for one text in another, which at worst compares all of it at every place.</summary>
    public void ChargeSearch(int line, string text, string part) => Charge(line, text.Length / CharactersAtOnce * (1L + part.Length / CharactersAtOnce));

    /// <summary>Counts a comparison of two texts of the same length.</summary>
    public void ChargeComparison(int line, int length) => Charge(line, length / CharactersAtOnce);

    /// <summary>Counts items of a list or map that are about to be made.</summary>
    public void ChargeItems(int line, long count) => Charge(line, Math.Min(count, MostCharacters) * CharactersPerItem);

    /// <summary>An error at a line of the template.</summary>
    public UserInputException Fail(int line, string found, string expected) => TemplateError.At(_place, line, found, expected);
}
