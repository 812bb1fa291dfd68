using System.Text.Json.Nodes;
using Geobuk.Models.ChatTemplates;

namespace Geobuk.Models.Tests.ChatTemplates;

/// <summary>Each case was worked out after Jinja 3's rules with trim_blocks and lstrip_blocks.</summary>
public class TemplateLanguageTests
{
    [Theory]
    [InlineData("a\n  {% if true %}\nb\n  {% endif %}\nc", "a\nb\nc")]
    [InlineData("a {% if true %} b {% endif %} c", "a  b  c")]
    [InlineData("a {%- if true -%} b {%- endif -%} c", "abc")]
    [InlineData("  {%+ if true %}x{% endif %}", "  x")]
    [InlineData("{% if true +%}\nx{% endif %}", "\nx")]
    [InlineData("  {{ 1 }}\n", "  1")]
    [InlineData("x\n\n", "x\n")]
    [InlineData("{{ 1 -}}  \n 2", "12")]
    [InlineData("a\n  {# 설명 #}\nb", "a\nb")]
    [InlineData("a\r\n{{ 'b' }}\r\nc", "a\nb\nc")]
    [InlineData("{ % { { # }", "{ % { { # }")]
    public void WhiteSpace_FollowsTrimAndStripBlocks(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("7 // 2", "3")]
    [InlineData("-7 // 2", "-4")]
    [InlineData("-7 % 3", "2")]
    [InlineData("7 / 2", "3.5")]
    [InlineData("4 / 2", "2.0")]
    [InlineData("2 ** 10", "1024")]
    [InlineData("1e3", "1000.0")]
    [InlineData("1.5 + 1", "2.5")]
    [InlineData("1 ~ 'a' ~ none ~ true", "1aNoneTrue")]
    [InlineData("'가' * 3", "가가가")]
    [InlineData("1 < 2 < 3", "True")]
    [InlineData("1 < 2 and not 2 > 3 or false", "True")]
    [InlineData("'' or 'b'", "b")]
    [InlineData("'a' in 'cat' and 'x' not in ['y'] and 'k' in {'k': 1}", "True")]
    [InlineData("'y' if false else 'n'", "n")]
    [InlineData("'y' if false", "")]
    [InlineData("[1, 'a', 2.0, none, {'k': true}]", "[1, 'a', 2.0, None, {'k': True}]")]
    [InlineData("(1, 2)[1]", "2")]
    [InlineData("'한글😀'[2]", "😀")]
    [InlineData("'한글😀'|length", "3")]
    [InlineData("'abcde'[1:-1]", "bcd")]
    [InlineData("'abcde'[::-1]", "edcba")]
    [InlineData("[1,2,3][-1]", "3")]
    [InlineData("[1,2,3][5] is defined", "False")]
    [InlineData("{'a': {'b': 'c'}}.a['b']", "c")]
    [InlineData("nothing", "")]
    [InlineData("nothing is not defined", "True")]
    [InlineData("not nothing is defined", "True")]
    [InlineData("'\\u91d1\\n\\x41\\'\\\"'", "金\nA'\"")]
    [InlineData("'a' 'b'", "ab")]
    [InlineData("(1 if true else 2) + 3", "4")]
    [InlineData("-(1 + 2)", "-3")]
    [InlineData("true + true", "2")]
    [InlineData("1 == 1.0 and 1 == true", "True")]
    [InlineData("[1, [2]] == [1, [2]]", "True")]
    [InlineData("1 is odd and 2 is even and 4 is divisibleby 2 and 4 is divisibleby(2)", "True")]
    [InlineData("'x' is string and 1 is number and [] is iterable and {} is mapping and [] is sequence", "True")]
    [InlineData("none is none and true is true and false is false and 1 is not none", "True")]
    public void Expression_HasPythonsValue(string expression, string expected, bool fails = false)
    {
        if (fails) Assert.Throws<UserInputException>(() => Render("{{ " + expression + " }}"));
        else Assert.Equal(expected, Render("{{ " + expression + " }}"));
    }

    [Theory]
    [InlineData("'  가 '|trim", "가")]
    [InlineData("'  가 '.strip() + '|' + 'xxaxx'.strip('x') + 'b '.rstrip()", "가|ab")]
    [InlineData("'a,b,c'.split(',')|join('-')", "a-b-c")]
    [InlineData("'a,b,c'.split(',', 1)", "['a', 'b,c']")]
    [InlineData("' a  b '.split()", "['a', 'b']")]
    [InlineData("'</think>x</think>y'.split('</think>')[-1]", "y")]
    [InlineData("'abc'.startswith('ab') and 'abc'.endswith(('x', 'c'))", "True")]
    [InlineData("'aXbX'.replace('X', '-') ~ 'aa'|replace('a', 'b', 1)", "a-b-ba")]
    [InlineData("'Ab'.upper() ~ 'Ab'|lower ~ 'ab cd'|title ~ 'ab cd'|capitalize", "ABabAb CdAb cd")]
    [InlineData("nothing|default('d') ~ ''|default('e', true) ~ 0|default('f')", "de0")]
    [InlineData("[3,1,2]|sort|first ~ [3,1,2]|last", "12")]
    [InlineData("{'b': 1, 'a': 2}|items|list", "[('b', 1), ('a', 2)]")]
    [InlineData("{'b': 1, 'a': 2}|dictsort", "[('a', 2), ('b', 1)]")]
    [InlineData("{'a': 1}.get('x', 'y') ~ {'a': 1}.get('a') ~ {'a': 1}.get('z')", "y1None")]
    [InlineData("{'a': 1, 'b': 2}.keys()|join(',') ~ {'a': 1, 'b': 2}.values()|join(',')", "a,b1,2")]
    [InlineData("[{'r': 'u', 't': 1}, {'r': 'a', 't': 2}]|selectattr('r', 'equalto', 'a')|map(attribute='t')|list", "[2]")]
    [InlineData("[{'r': 'u'}, {'q': 'a'}]|rejectattr('r')|list|length", "1")]
    [InlineData("['a', 'b']|map('upper')|join", "AB")]
    [InlineData("[1, 'a', none]|select('string')|list ~ [0, 1]|reject|list", "['a'][0]")]
    [InlineData("'12'|int + '2.5'|float", "14.5")]
    [InlineData("'x'|int(7)", "7")]
    [InlineData("-3|abs", "3")]
    [InlineData("(-3)|abs", "3")]
    [InlineData("'a\nb'|indent(2)", "a\n  b")]
    [InlineData("[1, 2, 1]|unique|list ~ [1, 2]|reverse|list", "[1, 2][2, 1]")]
    [InlineData("range(3)|list ~ range(1, 6, 2)|list ~ range(2, 0, -1)|list", "[0, 1, 2][1, 3, 5][2, 1]")]
    [InlineData("dict(a=1).a", "1")]
    [InlineData("'a-b'.removeprefix('a') ~ 'a-b'.removesuffix('b') ~ 'aba'.count('a') ~ 'ab'.find('b')", "-ba-21")]
    [InlineData("', '.join(['a', 'b'])", "a, b")]
    public void FilterOrMethod_HasPythonsValue(string expression, string expected) => Assert.Equal(expected, Render("{{ " + expression + " }}"));

    [Theory]
    [InlineData("{'가': [1, 2.5, \"x\\\"y\\n\", none, true], 'e': {}, 'f': []}|tojson", "{\"가\": [1, 2.5, \"x\\\"y\\n\", null, true], \"e\": {}, \"f\": []}")]
    [InlineData("{'a': [1, 2], 'b': {}}|tojson(indent=2)", "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}")]
    [InlineData("{'b': 1, 'a': 2}|tojson(sort_keys=true)", "{\"a\": 2, \"b\": 1}")]
    [InlineData("'<a href=\\'x\\'>&'|tojson(ensure_ascii=False)", "\"<a href='x'>&\"")]
    public void ToJson_WritesAsPythonDoes(string expression, string expected) => Assert.Equal(expected, Render("{{ " + expression + " }}"));

    [Theory]
    [InlineData("{% for x in [1,2,3] %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}", "10TrueFalse3 21FalseFalse3 32FalseTrue3 ")]
    [InlineData("{% for x in [1,2,3,4] if x is even %}{{ x }}/{{ loop.length }} {% endfor %}", "2/2 4/2 ")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2")]
    [InlineData("{% for x in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for x in nothing %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for x in [1,2,3,4] %}{% if x == 2 %}{% continue %}{% elif x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}", "13")]
    [InlineData("{% for x in 'a😀' %}[{{ x }}]{% endfor %}", "[a][😀]")]
    [InlineData("{% for x in [1,2,3] %}{{ loop.previtem }}<{{ loop.nextitem }} {% endfor %}", "<2 1<3 2< ")]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}", "1")]
    [InlineData("{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in [1] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "2")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12")]
    [InlineData("{% set x %}<{{ 1 }}>{% endset %}{{ x }}{{ x }}", "<1><1>")]
    [InlineData("{% macro hi(name, mark='!') %}안녕 {{ name }}{{ mark }}{% endmacro %}{{ hi('가') }}{{ hi(name='나', mark='?') }}", "안녕 가!안녕 나?")]
    [InlineData("{% macro f(n) %}{% if n > 0 %}{{ n }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "321")]
    [InlineData("{% set t = 'x' %}{% macro f() %}{{ t }}{{ i is defined }}{% endmacro %}{% for i in [1] %}{{ f() }}{% endfor %}", "xFalse")]
    [InlineData("{% generation %}a{% endgeneration %}", "a")]
    [InlineData("{% if 0 %}a{% elif 1 %}b{% else %}c{% endif %}", "b")]
    public void Statement_DoesWhatJinjaDoes(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("\n\n{% include 'x' %}", "t:3: the tag include is not supported")]
    [InlineData("{% import 'x' as y %}", "the tag import")]
    [InlineData("{{ x|shell }}", "the filter shell is not known")]
    [InlineData("{{ x is weird }}", "the test weird is not known")]
    [InlineData("{% if true %}", "the template ends; expected elif or else or endif")]
    [InlineData("a\n{% endif %}", "t:2: endif closes or continues nothing")]
    [InlineData("{% for x in [1] %}{% endif %}", "endif stands here; expected else or endfor")]
    [InlineData("{{ 'a }}", "a string is not closed")]
    [InlineData("{{ 1 + }}", "}} stands here; expected a value")]
    [InlineData("{{ 1 ", "a tag is not closed")]
    [InlineData("{# 1 ", "a comment is not closed")]
    [InlineData("{{ 1 ; 2 }}", "the character ;")]
    [InlineData("{{ a b }}", "b stands here; expected }}")]
    [InlineData("{{ '\\u12' }}", "without 4 hexadecimal digits")]
    [InlineData("{% for x in [1] recursive %}{% endfor %}", "the loop is recursive")]
    public void Parse_WrongOrUnsupported_SaysTheLine(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserInputException>(() => ChatTemplate.Parse(template, "t")).Message);

    [Theory]
    [InlineData("{{ nothing.x }}", "x of nothing is asked for, which is not defined")]
    [InlineData("{{ nothing() }}", "nothing is called but not defined")]
    [InlineData("{{ strftime_now('%Y') }}", "strftime_now is called but not defined")]
    [InlineData("{{ ''.__class__.__mro__ }}", "__mro__ of __class__ is asked for")]
    [InlineData("{{ [].append(1) }}", "append is called but not defined")]
    [InlineData("{{ 'a' + 1 }}", "a text + a number")]
    [InlineData("{{ 1 // 0 }}", "1 // 0 has no value")]
    [InlineData("{{ 9223372036854775807 + 1 }}", "has no value")]
    [InlineData("{{ 3 ** 100 }}", "has no value")]
    [InlineData("{{ 1 < 'a' }}", "a number is compared with a text")]
    [InlineData("{% set x = {} %}{% set x.y = 1 %}", "x.y is set")]
    [InlineData("{{ 'a'.split('') }}", "a separator is empty")]
    [InlineData("{% set a, b = [1] %}", "1 values are given to 2 names")]
    public void Render_WhatHasNoValue_SaysWhy(string template, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserInputException>(() => Render(template)).Message);

    // What Python 3's datetime.strftime writes of these moments.
    [Theory]
    [InlineData("%d %b %Y", "05 Mar 2026", "17 Nov 2026")]
    [InlineData("%Y-%m-%d", "2026-03-05", "2026-11-17")]
    [InlineData("%A, %B %-d, %Y %I:%M %p", "Thursday, March 5, 2026 12:07 AM", "Tuesday, November 17, 2026 03:45 PM")]
    [InlineData("%a %e %h %y %j %-j", "Thu  5 Mar 26 064 64", "Tue 17 Nov 26 321 321")]
    [InlineData("%F %T %D %R %-H %-M %-S", "2026-03-05 00:07:09 03/05/26 00:07 0 7 9", "2026-11-17 15:45:00 11/17/26 15:45 15 45 0")]
    [InlineData("오늘은 %Y년 %-m월 %-d일, 100%%", "오늘은 2026년 3월 5일, 100%", "오늘은 2026년 11월 17일, 100%")]
    public void Render_StrftimeNow_WritesTheMomentThatTheCallerNames(string format, string early, string late)
    {
        var template = ChatTemplate.Parse("{% if strftime_now is defined %}{{ strftime_now('" + format + "') }}{% else %}none{% endif %}", "t");
        Assert.Equal(early, template.Render([], false, null, new DateTime(2026, 3, 5, 0, 7, 9)));
        Assert.Equal(late, template.Render([], false, null, new DateTime(2026, 11, 17, 15, 45, 0)));
        Assert.Equal("none", template.Render([], false));
    }

    [Theory]
    [InlineData("{{ strftime_now('%Q') }}", "t:1: strftime_now is given %Q; expected one of %Y")]
    [InlineData("\n{{ strftime_now('50%') }}", "t:2: strftime_now is given %; expected one of %Y")]
    [InlineData("{{ strftime_now(5) }}", "t:1: format is a number; expected a text")]
    [InlineData("{{ strftime_now('%B' * 10000000) }}", "t:1: the template makes or reads more than")]
    public void Render_StrftimeNowOfWhatIsNoFormat_SaysTheLine(string template, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<UserInputException>(() => ChatTemplate.Parse(template, "t").Render([], false, null, new DateTime(2026, 3, 5))).Message);

    [Fact]
    public void Render_LongChains_StopBeforeTheStackDoes()
    {
        Assert.Equal("301", Render("{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 300)) + " }}"));
        Assert.Equal("x", Render("{{ 'x'" + string.Concat(Enumerable.Repeat("|trim", 300)) + " }}"));
        foreach (var link in (string[])[" + 1", "|abs", ".x", "[0]", "()", " and 1", " ~ 1"])
            Assert.Throws<UserInputException>(() => Render("{{ 1" + string.Concat(Enumerable.Repeat(link, 10_000)) + " }}"));
    }

    [Fact]
    public void Render_Variables_KeepJsonTypes()
    {
        var variables = new Dictionary<string, JsonNode?> { ["v"] = JsonNode.Parse("""{"i":3,"f":1.0,"b":false,"n":null,"big":1e20,"l":[]}""") };
        Assert.Equal("3 1.0 False None 1e+20 []", ChatTemplate.Parse("{{ v.i }} {{ v.f }} {{ v.b }} {{ v.n }} {{ v.big }} {{ v.l }}", "t").Render([], false, variables));
    }

    private static string Render(string template) => ChatTemplate.Parse(template, "t").Render([], false);
}
