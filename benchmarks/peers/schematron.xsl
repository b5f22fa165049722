<?xml version="1.0" encoding="UTF-8"?>
<!--
  A Schematron to XSLT 3.0 that writes a line for each assert that fails: its text, a tab, the place.

  Only what these benchmarks need: patterns of one rule with asserts. It goes straight to the context of a rule, where a
  whole Schematron walks over every node; so it is faster than such a one, and the comparison is the harder for us.
-->
<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:sch="http://purl.oclc.org/dsdl/schematron" xmlns:out="urn:written" exclude-result-prefixes="sch">
  <xsl:namespace-alias stylesheet-prefix="out" result-prefix="xsl"/>
  <xsl:output method="xml" omit-xml-declaration="yes"/>

  <xsl:template match="sch:schema">
    <out:stylesheet version="3.0">
      <xsl:for-each select="sch:ns">
        <xsl:namespace name="{@prefix}" select="@uri"/>
      </xsl:for-each>
      <out:output method="text"/>
      <out:template match="/">
        <xsl:apply-templates select="sch:pattern/sch:rule"/>
      </out:template>
    </out:stylesheet>
  </xsl:template>

  <xsl:template match="sch:rule">
    <out:for-each select="{@context}">
      <xsl:apply-templates select="sch:assert"/>
    </out:for-each>
  </xsl:template>

  <xsl:template match="sch:assert">
    <out:if test="not({@test})">
      <out:value-of select="'{.}&#9;' || path() || '&#10;'"/>
    </out:if>
  </xsl:template>
</xsl:stylesheet>
