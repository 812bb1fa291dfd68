namespace Geobuk.Inference.Constraints;

/// <summary>The characters of a JSON string under everything that is said of them: expressions, texts that are refused, a length.</summary>
/// <param name="place">Names it in errors.</param>
internal sealed class TextLanguage(string place)
{
    private readonly List<(RegexPart Part, bool IsRefused)> _parts = [];

    /// <summary>Characters at least.</summary>
    public int Least { get; set; }

    /// <summary>Characters at most; null is without end.</summary>
    public int? Most { get; set; }

    /// <summary>The text is one of these.</summary>
    public void Require(RegexPart part) => _parts.Add((part, false));

    /// <summary>The text is none of these.</summary>
    public void Refuse(RegexPart part) => _parts.Add((part, true));

    /// <summary>The text is none of these.</summary>
    public void Refuse(IReadOnlyCollection<string> texts)
    {
        if (texts.Count > 0) Refuse(new RegexPart((automaton, next, _) => automaton.Either([.. texts.Select(text => automaton.Text(JsonText.Inner(text), next))]), 0, null));
    }

    /// <summary>An expression that is searched in the text.</summary>
    public static RegexPart Searched(string pattern, string place) => RegexConstraint.Read(pattern, place, isSearched: true, JsonText.Character);

    /// <summary>An expression that the whole text matches.</summary>
    public static RegexPart Whole(string pattern, string place) => RegexConstraint.Read(pattern, place, isSearched: false, JsonText.Character);

    /// <summary>Builds the characters before <paramref name="next"/> and returns their beginning.</summary>
    public int Build(ByteAutomaton automaton, int next)
    {
        if (Most < Least) return automaton.Either();
        if (_parts.Count == 0) return automaton.Repeat(after => JsonText.Any(automaton, after), Least, Most, next);
        if (_parts is [(var only, false)])
        {
            if (only.Least >= Least && (Most is null || only.Most <= Most)) return only.Build(automaton, next, RegexEdges.None);
            if (only.Within is { } within) return within(Least, Most)?.Build(automaton, next, RegexEdges.None) ?? automaton.Either();
        }
        var factors = _parts.ConvertAll(part => (Automaton(own => part.Part.Build(own, own.Accept(), RegexEdges.None)), part.IsRefused));
        if (Least > 0 || Most is not null || _parts.All(part => part.IsRefused))
            factors.Add((Automaton(own => own.Repeat(after => JsonText.Comparable(own, after), Least, Most, own.Accept())), false));
        return AutomatonProduct.Build(automaton, factors, place, next);
    }

    private ByteAutomaton Automaton(Func<ByteAutomaton, int> build)
    {
        var automaton = new ByteAutomaton(place);
        automaton.Start = build(automaton);
        return automaton;
    }
}
