using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using Geobuk.Inference.Constraints;
using Geobuk.Models;
using Geobuk.Models.Tokenization;
using Geobuk.Tests;

namespace Geobuk.Inference.Tests.Constraints;

/// <summary>Against .NET's own regular expressions and JSON reader: random walks along allowed tokens give what those accept.</summary>
public sealed class TokenConstraintTests
{
    private static readonly Tokenizer s_tokenizer = Tokenizer.Load(TestPaths.Repository("samples", "ax-pico"));
    private static readonly HashSet<int> s_stops = [s_tokenizer.EosTokenId ?? 0];

    [Theory]
    [InlineData("제[1-9][0-9]{0,2}조(의[2-9])?")]
    [InlineData(@"\d{4}-(0[1-9]|1[0-2])-[0-3]\d")]
    [InlineData("(승인|반려|보류): [가-힣 ]{3,12}")]
    [InlineData(@"[^a-z\s]{2,5}\.(hwpx?|pdf)")]
    [InlineData("(a|ab)(c|bcd)(d*)")]
    [InlineData("^(?:x+x+)+y$")]
    [InlineData("(ab?){17,40}")]
    [InlineData("(a?b?){0,99}c")]
    [InlineData("(()|()){16}(){15}((){15}){15}x{20}?")]
    [InlineData(@"([가-힣]+\s?){1,30}")]
    [InlineData("(a|aa){20,30}b?")]
    [InlineData("([가-힣]{16,20} ?){16,17}")]
    [InlineData("(x{16,18}(y|z{17,}){16,})?!")]
    [InlineData("(([0-9]{2}){16,17};){16}")]
    [InlineData(@"\u0041\x42[\w&&]?|[一-龥]{2}|.{0,3}!")]
    public void OfRegex_RandomWalks_MatchAndEveryPrefixWasAllowed(string pattern)
    {
        var constraint = TokenConstraint.OfRegex(pattern, s_tokenizer);
        var expected = new Regex($"^(?:{pattern.TrimStart('^').TrimEnd('$')})$");
        for (var seed = 0; seed < 30; seed++)
            if (Walk(constraint, new Random(seed), 600) is { } text) Assert.True(expected.IsMatch(text), $"{pattern}: {text}");
    }

    [Theory]
    [InlineData("(a)\\1", "'\\1'")]
    [InlineData("a(?=b)", "backtracking")]
    [InlineData("a{200000}", "200000")]
    [InlineData("(a?){9999}", "at the same time")]
    [InlineData("a{1}{1}", "after a count")]
    [InlineData("a**", "after a count")]
    [InlineData("((((((((((a{50}){50}){50}){50}){50}){50}){50}){50}){50}){50})", "states")]
    [InlineData("(a", "without its end")]
    [InlineData("a)", "without its beginning")]
    [InlineData("[z-a]", "backwards")]
    [InlineData("*a", "nothing before")]
    [InlineData("[a", "without its end")]
    [InlineData("a{3,1}", "from 3 to 1")]
    public void OfRegex_ThatCannotBe_SaysWhy(string pattern, string what) =>
        Assert.Contains(what, Assert.Throws<UserInputException>(() => TokenConstraint.OfRegex(pattern, s_tokenizer)).Message);

    [Fact]
    public void Characters_OfAnyRange_AreTheirUtf8AndNothingElse() =>
        Gen.Select(Gen.Int[0, 0x10FFFF], Gen.Int[0, 0x10FFFF], Gen.Int[0, 0x10FFFF].Array[50]).Sample((a, b, probes) =>
        {
            var (low, high) = (Math.Min(a, b), Math.Max(a, b));
            var automaton = new ByteAutomaton("test");
            automaton.Start = automaton.Characters([(low, high)], automaton.Accept());
            foreach (var probe in probes.Append(low).Append(high).Where(Rune.IsValid))
            {
                var states = automaton.Closure([automaton.Start]);
                foreach (var value in Encoding.UTF8.GetBytes(new Rune(probe).ToString())) states = automaton.Step(states, value);
                Assert.Equal(low <= probe && probe <= high, automaton.IsAccepting(states));
            }
        }, iter: 200, threads: 1);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"array","items":{"type":"boolean"}}},"required":["b"]}""")]
    [InlineData("""{"type":"array","items":{"anyOf":[{"type":"null"},{"const":{"x":[1,"y"]}},{"type":"number"}]},"minItems":2,"maxItems":4}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"integer"}}""")]
    [InlineData("""{"type":"string","minLength":2,"maxLength":5}""")]
    [InlineData("""{"type":"array","items":{"type":"string","minLength":20,"maxLength":30},"minItems":17,"maxItems":18}""")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"additionalProperties":false}""")]
    [InlineData("""{"type":"array","items":{"$ref":"#"},"maxItems":2}""")]
    [InlineData("""{"type":"object","required":["b"]}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"required":["a","b"],"additionalProperties":{"type":"integer"}}""")]
    [InlineData("""{"type":"string","x-order":1,"example":"a","examples":[],"deprecated":true,"readOnly":true,"$comment":"c","contentMediaType":"text/plain","discriminator":{"propertyName":"t"}}""")]
    [InlineData("""{"minLength":3}""")]
    [InlineData("""{"minimum":3}""")]
    [InlineData("{}")]
    public void OfJsonSchema_RandomWalks_AreJson(string schema)
    {
        var constraint = TokenConstraint.OfJsonSchema(JsonDocument.Parse(schema).RootElement, s_tokenizer);
        var whole = 0;
        for (var seed = 0; seed < 25; seed++)
        {
            if (Walk(constraint, new Random(seed), 1200) is not { } text) continue;
            whole++;
            using var json = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = true });
            if (schema.Contains("\"required\":[\"b\"]") || schema.Contains("\"required\":[\"a\",\"b\"]")) Assert.True(json.RootElement.TryGetProperty("b", out _));
            if (schema.Contains("\"minItems\":2")) Assert.InRange(json.RootElement.GetArrayLength(), 2, 4);
            if (schema.Contains("\"minItems\":17"))
            {
                Assert.InRange(json.RootElement.GetArrayLength(), 17, 18);
                Assert.All(json.RootElement.EnumerateArray(), item => Assert.InRange(item.GetString()!.EnumerateRunes().Count(), 20, 30));
            }
            if (schema.Contains("\"minLength\":2,")) Assert.InRange(json.RootElement.GetString()!.EnumerateRunes().Count(), 2, 5);
        }
        Assert.True(whole > 0);
    }

    [Theory]
    [InlineData("""{"type":"array","uniqueItems":true}""", "uniqueItems")]
    [InlineData("""{"type":"object","properties":{"y":{}},"required":["x"],"additionalProperties":false}""", "\"x\"")]
    [InlineData("""{"type":"decimal"}""", "decimal")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4.5}""", "no number from 5 to 4.5")]
    [InlineData("""{"type":"integer","minimum":1e30}""", "minimum")]
    [InlineData("""{"type":"number","exclusiveMaximum":"5"}""", "exclusiveMaximum")]
    [InlineData("""{"type":"array","minItems":5,"maxItems":2}""", "maxItems")]
    [InlineData("""{"$ref":"#/$defs/none"}""", "none")]
    [InlineData("""{"enum":[]}""", "enum")]
    [InlineData("""{"$ref":"#"}""", "no answer fits")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "no answer fits")]
    [InlineData("""{"type":"array","items":{"$ref":"#/$defs/a"},"minItems":20,"maxItems":30,"$defs":{"a":{"$ref":"#/$defs/a"}}}""", "no answer fits")]
    [InlineData("""{"type":"string","pattern":5}""", "/pattern: is 5; expected a text")]
    [InlineData("""{"type":"string","pattern":null}""", "/pattern: is null; expected a text")]
    [InlineData("""{"type":"string","format":[]}""", "/format: is []; expected a text")]
    [InlineData("""{"required":"x"}""", "another kind")]
    [InlineData("""{"properties":[]}""", "another kind")]
    [InlineData("""{"type":"string","pattern":"^(ab)+$","maxLength":90000}""", "at the same time")]
    [InlineData("""{"type":"string","maxLength":99999999}""", "maxLength")]
    public void OfJsonSchema_ThatCannotBeKept_NamesTheKeyword(string schema, string what) =>
        Assert.Contains(what, Assert.Throws<UserInputException>(() => TokenConstraint.OfJsonSchema(JsonDocument.Parse(schema).RootElement, s_tokenizer)).Message);

    /// <summary>Of what can be told apart no way but by counting, the smallest counts stand for the others.</summary>
    [Theory]
    [InlineData("(.+\\n?){1,200}")]
    [InlineData("(\\w+\\s*){1,500}")]
    [InlineData("(a|aa){0,5000}")]
    public void OfRegex_PartsHardToTellApart_GoOn(string pattern)
    {
        var constraint = TokenConstraint.OfRegex(pattern, s_tokenizer);
        var state = constraint.Start;
        foreach (var id in s_tokenizer.Encode(new string('a', 400))) state = constraint.Advance(state, id);

        Assert.InRange(state.Positions.Length, 1, 200);
    }

    /// <summary>A form that lives long, as a server keeps it, forgets and finds again.</summary>
    [Fact]
    public void OfJsonSchema_MoreNodesThanAreKept_FindsThemAgain()
    {
        var constraint = TokenConstraint.OfJsonSchema(JsonDocument.Parse("""{"type":"array","maxItems":20,"items":{"type":"string","maxLength":90}}""").RootElement, s_tokenizer);
        for (var seed = 0; seed < 12; seed++)
        {
            if (Walk(constraint, new Random(seed), 400) is not { } text) continue;
            using var json = JsonDocument.Parse(text);
            Assert.All(json.RootElement.EnumerateArray(), item => Assert.InRange(item.GetString()!.EnumerateRunes().Count(), 0, 90));
        }
        Assert.InRange(constraint.NodeCount, 1, 10_000);
    }

    [Fact]
    public void Either_RandomWalks_HaveOneOfTheFormsAndNoMixture()
    {
        var schema = JsonDocument.Parse("""{"type":"object","properties":{"a":{"type":"string","minLength":20,"maxLength":40}},"required":["a"],"additionalProperties":false}""").RootElement;
        var constraint = TokenConstraint.Either(TokenConstraint.OfRegex("""\{"b":"[0-9]{17,20}"\}!?""", s_tokenizer), TokenConstraint.OfJsonSchema(schema, s_tokenizer), "test");
        var forms = new HashSet<string>();
        for (var seed = 0; seed < 60; seed++)
        {
            if (Walk(constraint, new Random(seed), 600) is not { } text) continue;
            var property = Assert.Single(JsonDocument.Parse(text.TrimEnd('!')).RootElement.EnumerateObject());
            forms.Add(property.Name);
            if (property.Name == "b") Assert.Matches("^[0-9]{17,20}$", property.Value.GetString());
            else Assert.Equal(("a", false), (property.Name, text.EndsWith('!')));
        }
        Assert.Equal(2, forms.Count);
    }

    /// <summary>What lies far from a loop's bounds is found once: thousands of characters need no more than the first few.</summary>
    [Fact]
    public void OfJsonSchema_LongStrings_GoOnToTheirBoundAndNoFurther()
    {
        const int Longest = 3000;
        var constraint = TokenConstraint.OfJsonSchema(JsonDocument.Parse($$"""{"type":"string","minLength":{{Longest - 1}},"maxLength":{{Longest}}}""").RootElement, s_tokenizer);
        var early = Follow("가", 50);
        var nodes = constraint.NodeCount;
        var late = Follow("가", Longest - 300);

        Assert.InRange(constraint.NodeCount - nodes, 0, 50);
        Assert.Equal((false, true), (Allows(early, "\""), Allows(early, "가")));
        late = Follow("가", Longest - 1);
        Assert.Equal((true, true), (Allows(late, "\""), Allows(late, "가")));
        late = Follow("가", Longest);
        Assert.Equal((true, false), (Allows(late, "\""), Allows(late, "가")));

        ConstraintState Follow(string character, int count)
        {
            var state = constraint.Start;
            foreach (var id in s_tokenizer.Encode("\"" + string.Concat(Enumerable.Repeat(character, count)))) state = constraint.Advance(state, id);
            return state;
        }

        bool Allows(ConstraintState state, string text)
        {
            var logits = new float[s_tokenizer.VocabularySize];
            constraint.Apply(state, logits, s_stops);
            return logits[s_tokenizer.Encode(text)[0]] == 0;
        }
    }

    [Fact]
    public void OfJsonSchema_NestedTooDeep_IsRefusedNotOverflown()
    {
        var schema = string.Concat(Enumerable.Repeat("""{"type":"array","minItems":1,"items":""", 60)) + "{}" + new string('}', 60);
        Assert.Throws<UserInputException>(() => TokenConstraint.OfJsonSchema(JsonDocument.Parse(schema).RootElement, s_tokenizer));
    }

    /// <summary>Follows random allowed tokens to an end; null where none came within so many.</summary>
    private static string? Walk(TokenConstraint constraint, Random random, int most)
    {
        var state = constraint.Start;
        var bytes = new List<byte>();
        for (var i = 0; i < most; i++)
        {
            var logits = new float[s_tokenizer.VocabularySize];
            constraint.Apply(state, logits, s_stops);
            var allowed = Enumerable.Range(0, logits.Length).Where(id => logits[id] == 0).ToArray();
            var next = allowed[random.Next(allowed.Length)];
            // Ends are one among thousands; half of the time one is taken.
            if (s_stops.Contains(next) || (random.Next(2) == 0 && allowed.Any(s_stops.Contains))) return Encoding.UTF8.GetString([.. bytes]);
            bytes.AddRange(s_tokenizer.DecodeBytes(next));
            state = constraint.Advance(state, next);
        }
        return null;
    }
}
