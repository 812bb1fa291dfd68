"""Writes jinja.json: what Jinja 3.1.6, set as transformers sets it for chat templates, makes of constructs and white space.

python3 jinja.py, with the package jinja2.
"""
import json,sys
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.ext import loopcontrols
import jinja2, jinja2.ext
class Gen(jinja2.ext.Extension):
    tags={"generation"}
    def parse(self,parser):
        lineno=next(parser.stream).lineno
        body=parser.parse_statements(["name:endgeneration"],drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_x"),[],[],body).set_lineno(lineno)
    def _x(self,caller): return caller()
def raise_exception(m): raise jinja2.exceptions.TemplateError(m)
def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
env=ImmutableSandboxedEnvironment(trim_blocks=True,lstrip_blocks=True,extensions=[loopcontrols,Gen])
env.filters["tojson"]=tojson; env.globals["raise_exception"]=raise_exception
env.globals["strftime_now"]=lambda f: "X"
V={"messages":[{"role":"system","content":"지침 \"인용\""},{"role":"user","content":"안녕하세요"},{"role":"assistant","content":"<think>생각</think>\n답","tool_calls":[{"function":{"name":"f","arguments":{"x":1,"y":[1.5,None,True],"ㄱ":"나"}}}]},{"role":"tool","content":"결과"}],
 "tools":[{"type":"function","function":{"name":"f","description":"<d> & 'q'","parameters":{"type":"object","properties":{"x":{"type":"integer"}}}}}],
 "add_generation_prompt":True,"enable_thinking":False,"n":5,"neg":-7,"f":2.5,"s":"  가나 다라\tmMaB  ","t":"a,b,,c","l":[3,1,2,2],"e":[],"d":{"b":1,"a":2,"C":None},"none":None,"nested":[{"k":1,"g":"x"},{"k":2,"g":"y"},{"k":3,"g":"x"}],"bos_token":"<s>","eos_token":"</s>"}
T=r'''
{{ s|trim }}|{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}|
{{ t.split(',') }}|{{ t.split(',', 1) }}|{{ s.split() }}|{{ t.rsplit(',',1) if false else '' }}|{{ '-'.join(['a','b']) }}|{{ 'ab\ncd'.splitlines() }}
{{ l|sort }}{{ l|unique|list }}{{ l|sum }}{{ l|max }}{{ l|min }}{{ l|first }}{{ l|last }}{{ l|reverse|list }}{{ l|length }}{{ l|count }}
{{ d|items|list }}{{ d.items()|list }}{{ d.keys()|list }}{{ d.values()|list }}{{ d|dictsort }}{{ d.get('zz','no') }}{{ d.get('b') }}{{ d['a'] }}{{ d.zz is defined }}
{{ nested|map(attribute='k')|list }}{{ nested|selectattr('g','equalto','x')|map(attribute='k')|join(',') }}{{ nested|rejectattr('g','eq','x')|list|length }}{{ l|select('odd')|list }}{{ l|reject('gt',1)|list }}
{{ n // 2 }} {{ neg // 2 }} {{ neg % 3 }} {{ n / 2 }} {{ 2 ** 10 }} {{ n * 'ab' }} {{ f|round }} {{ 2.567|round(1) }} {{ f|int }} {{ '12'|int }} {{ 'x'|int(7) }} {{ 3|float }} {{ -n }} {{ 7.0 }} {{ 1e20 }} {{ 10 % 3.5 }}
{{ 'a' ~ 1 ~ none ~ true ~ 1.0 }} {{ 1 < 2 < 3 }} {{ 1 if n > 3 else 2 }} {{ 'x' if false }} {{ not true }} {{ n in l }} {{ 2 in l }} {{ 'na' not in 'banana' }} {{ 'b' in d }}
{{ 'abcdef'[1:3] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-2:] }} {{ l[1:] }} {{ l[:-1] }} {{ l[::2] }} {{ messages[1:]|length }} {{ messages[-1].role }} {{ messages[-1]['content'] }} {{ '가나다'[1] }}
{{ tools|tojson }}
{{ tools|tojson(indent=2) }}
{{ d|tojson }} {{ messages[2].tool_calls[0].function.arguments|tojson }} {{ none|tojson }} {{ 'ㄱ"\n<>&'|tojson }} {{ 1.0|tojson }} {{ 1e30|tojson }} {{ [1,2]|tojson(separators=(',', ':')) }} {{ d|tojson(sort_keys=true) if false else '' }}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem.role if loop.previtem is defined else '-' }}{{ loop.nextitem.role if not loop.last else '-' }}{{ loop.cycle('a','b') }}{{ loop.depth }};{% endfor %}
{% for x in e %}x{% else %}empty{% endfor %}{% for k, v in d.items() %}{{ k }}={{ v }},{% endfor %}{% for x in l if x > 1 %}{{ loop.index }}:{{ x }} {% endfor %}
{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% if loop.index == 3 %}{% break %}{% endif %}{% endfor %}
{% set ns = namespace(a=1, b='x') %}{% for x in l %}{% set ns.a = ns.a + x %}{% endfor %}{{ ns.a }}{{ ns.b }}{% set q = 1 %}{% for x in l %}{% set q = 5 %}{% endfor %}{{ q }}
{% macro m(a, b=2) %}[{{ a }}-{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=9, a='z') }}
{% macro rec(x) %}{{ x }}{% if x > 0 %}{{ rec(x-1) }}{% endif %}{% endmacro %}{{ rec(3) }}
{% set blk %}  내용 {{ n }}  {% endset %}[{{ blk }}]{{ blk|trim|length }}
{% if false %}a{% elif n == 5 %}b{% else %}c{% endif %}
{% filter upper %}abc {{ n }}{% endfilter %}
{% raw %}{{ not }} {% x %}{% endraw %}{# comment #}x
  {%- if true -%}   trimmed   {%- endif -%}   y
{{- ' a ' -}}  z
{% generation %}gen {{ n }}{% endgeneration %}
{{ 'Hello World'|lower }}{{ 'hello world'|title }}{{ 'hello'|capitalize }}{{ 'hello'.upper() }}{{ 'Hello World'.title() }}{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('bc') }}{{ 'abab'.replace('a','x') }}{{ 'abab'|replace('a','x',1) }}{{ 'abab'.count('ab') }}{{ 'abab'.find('b') }}
{{ none is none }}{{ zz is undefined }}{{ zz is defined }}{{ 's' is string }}{{ 1 is number }}{{ d is mapping }}{{ l is iterable }}{{ l is sequence }}{{ 's' is sequence }}{{ 1 is integer }}{{ 1.0 is float }}{{ true is boolean }}{{ 3 is odd }}{{ 4 is even }}{{ 6 is divisibleby 3 }}{{ m is callable }}{{ 1 is eq 1 }}{{ 2 is in l }}{{ true is true }}{{ 'A' is upper }}{{ 'a' is lower }}
{{ zz|default('dflt') }}{{ ''|default('e', true) }}{{ none|default('n') }}{{ (none or 'or') }}{{ (0 and 1) }}{{ zz }}{{ l|join }}{{ l|join('-') }}{{ [1,[2,3]]|list }}
{{ {'a': 1, 'b': [1, 'x', none, true]} }} {{ [1, 'it\'s', "q\"'"] }} {{ (1, 2) }} {{ (1,) }} {{ 'a\tb\\n' }} {{ ['\n'] }}
{{ range(3)|list }}{{ range(1,4)|list }}{{ range(5,0,-2)|list }}{{ dict(a=1)|tojson }}
{{ '<a>'|escape }}{{ '<a>'|e }}{{ 'x'|safe }}
{{ 'a b c'|wordcount }}{{ 'abc'|indent(2) }}{{ 'a\nb'|indent(2) }}{{ 'a\nb'|indent(2, true) }}{{ 'x'|string }}{{ 5|string ~ '!' }}{{ 'abc'|list }}{{ -3|abs }}{{ 'a,b'|replace(',', ';') }}{{ l|map('string')|join('+') }}{{ ['a','B']|map('upper')|list }}{{ [1,none,2]|select|list }}
{{ strftime_now('%Y') if false else '' }}{{ messages|selectattr('tool_calls','defined')|list|length }}{{ messages|map(attribute='content')|first }}
{{ l is not none and l|length > 2 }}{{ not none }}{{ 1 == 1.0 }}{{ 'a' < 'b' }}{{ [1,2] == [1,2] }}{{ d == {'b':1,'a':2,'C':none} }}{{ 1 != 2 }}{{ true and not false }}{{ [1] + [2] }}{{ 'a' 'b' }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c = [1,2,3] %}{{ c[0] }}{% set x = {'k': {'j': 3}} %}{{ x.k.j }}{{ x['k']['j'] }}
{% call m(5) %}inner{% endcall %}
{% with z = 3 %}{{ z }}{% endwith %}{{ z is defined }}
{{ messages[0].content is string and messages[0]['role'] == 'system' }}{{ messages[0].missing }}{{ messages[0].missing is defined }}
{{ raise_exception('나쁨: ' ~ n) }}
{{ messages.append(1) }}
{{ none.x }}
{{ zz.x }}
{{ 1 / 0 }}
{{ 'a' + 1 }}
{% for i in 5 %}{% endfor %}
{{ ''.join(messages|map(attribute='role')) }}{{ '\u00e9' }}{{ 'x' * 3 }}{{ 'é'|upper }}{{ "a" "b" }}
{%- for m in messages -%}
    {%- if m.role == 'user' %}
        {{- '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}
    {%- elif m['role'] in ['system', 'tool'] -%}
        {{ m.content | trim }}
    {% else %}
  keep
    {% endif %}
{%- endfor %}
'''
# split into cases: each line one case, except last block
blocks=T.strip('\n').split('\n')
i=blocks.index("{%- for m in messages -%}")
cases=[b for b in blocks[:i]]+['\n'.join(blocks[i:])]
# multi-line whitespace cases
cases+=["a\n  {% if true %}\n  b\n  {% endif %}\nc\n","{% if true %}\r\nx\r\n{% endif %}\r\ny","  {# c #}\nx","{{ 1 }}\n{{ 2 }}\n","\t{%- set x = 1 %}\n\n {{ x }}","{%+ if true %} a {%+ endif %}","x {{- 1 }} {{ 2 -}} y","a{% if true -%}\n\n b{% endif %}\n","{%- if tools %}\n    {{- '# Tools\\n' }}\n    {%- for tool in tools %}\n        {{- \"\\n\" }}\n        {{- tool | tojson }}\n    {%- endfor %}\n{%- endif %}\n"]
out=[]
for c in cases:
    try: r={"template":c,"output":env.from_string(c).render(**V)}
    except Exception as ex: r={"template":c,"error":type(ex).__name__+": "+str(ex)}
    out.append(r)
json.dump({"variables":V,"cases":out},open('jinja.json','w'),ensure_ascii=False,indent=0)
